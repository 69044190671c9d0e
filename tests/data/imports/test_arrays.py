"""Arrays in npz, npy, IDX and MATLAB files: paired by shape and by name, in any arrangement."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.io import savemat

from mnist_core.data.imports.drafts import LabelColumnError
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_alike, assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import Digits, gz, idx_bytes, npy_bytes, npz_bytes
from tests.thorough import one_in


def mat_bytes(**variables: object) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, variables, do_compression=True)
    return buffer.getvalue()


def emnist_part(digits: Digits) -> dict[str, np.ndarray]:
    return {
        "images": digits.images.transpose(0, 2, 1).reshape(len(digits), 784),
        "labels": digits.labels[:, np.newaxis],
        "writers": (np.arange(len(digits)) % 60)[:, np.newaxis],
    }


ARRANGEMENTS = {
    "N x 28 x 28": (lambda x: x, ""),
    "N x 784": (lambda x: x.reshape(len(x), 784), ""),
    "N x 28 x 28 x 1": (lambda x: x[..., np.newaxis], ""),
    "N x 1 x 28 x 28": (lambda x: x[:, np.newaxis], ""),
    "28 x 28 x N": (lambda x: np.moveaxis(x, 0, -1), "came last"),
    "784 x N": (lambda x: x.reshape(len(x), 784).T, "Each column"),
    "three equal channels": (lambda x: np.repeat(x[..., np.newaxis], 3, 3), "channels are equal"),
    "28 x 28 x 3 x N": (lambda x: np.moveaxis(np.repeat(x[..., np.newaxis], 3, 3), 0, -1), "came last"),
    "alpha channel": (lambda x: np.stack([x * 0 + 255] * 3 + [x], 3), ""),
}


@pytest.mark.parametrize("name", one_in(2, ARRANGEMENTS))
def test_every_arrangement_gives_the_same_digits(name: str, imported: Import, digits: Digits) -> None:
    change, said = ARRANGEMENTS[name]
    dataset, result = imported({"a.npz": npz_bytes(images=change(digits.images), labels=digits.labels)})
    assert_same_digits(dataset, digits)
    assert said in " ".join(result.notes)
    assert not any("colour to grey" in note for note in result.notes)


def test_colours_are_weighted_and_said(imported: Import, digits: Digits) -> None:
    colours = np.zeros((*digits.images.shape, 3), np.uint8)
    colours[..., 0] = digits.images
    dataset, result = imported({"a.npz": npz_bytes(images=colours, labels=digits.labels)})
    assert_alike(dataset, digits, least=0.99)
    assert "Converted from colour to grey." in result.notes


def tables(digits: Digits, *, is_first: bool = True, dtype: type = np.float64) -> np.ndarray:
    """Rows of a label and 784 pixels, or with the label last."""
    pixels, labels = digits.images.reshape(len(digits), 784), digits.labels[:, np.newaxis]
    return np.concatenate([labels, pixels] if is_first else [pixels, labels], axis=1).astype(dtype)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_an_array_may_have_the_labels_beside_the_pixels(
    is_first: bool, dtype: type, imported: Import, digits: Digits
) -> None:
    table = tables(digits, is_first=is_first, dtype=dtype)
    for kind, data in (("npy", npy_bytes(table)), ("npz", npz_bytes(data=table)), ("mat", mat_bytes(data=table))):
        dataset, _ = imported({f"a.{kind}": data}, kind)
        assert_same_digits(dataset, digits)


@pytest.mark.parametrize("names", [("train", "test"), ("arr_0", "arr_1")])
def test_two_arrays_with_labels_beside_the_pixels_are_the_splits(
    names: tuple[str, str], imported: Import, digits: Digits, all_digits: Digits
) -> None:
    """100 rows could also be the pixels of images of 10 x 10."""
    few = all_digits[300:400]
    arrays = dict(zip(names, (tables(digits), tables(few)), strict=True))
    dataset, _ = imported({"a.npz": npz_bytes(**arrays)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, few)


def test_an_array_beside_a_pair_is_not_taken_for_images_and_labels(imported: Import, digits: Digits) -> None:
    arrays = {"x": digits.images, "y": digits.labels, "more": tables(digits)}
    dataset, result = imported({"a.npz": npz_bytes(**arrays)})
    assert_same_digits(dataset, digits)
    assert any("Not used" in note and "more in a.npz (300 x 785)" in note for note in result.notes)


def test_numbers_beside_pixels_that_are_no_labels_are_refused(imported: Import, digits: Digits) -> None:
    table = tables(digits)
    table[:, 0] += np.random.default_rng(0).random(300)
    with pytest.raises(DatasetError, match=r"a.npy does not hold images.*Received: 300 x 785"):
        imported({"a.npy": npy_bytes(table)})


def test_the_label_column_of_an_array_can_be_chosen(imported: Import, digits: Digits) -> None:
    few = Digits(images=digits.images.copy(), labels=digits.labels)
    few.images[:, 27, 27] = np.arange(300) % 9
    with pytest.raises(LabelColumnError, match=r"column 1\)? and .*column 785"):
        imported({"a.npy": npy_bytes(tables(few))})
    dataset, _ = imported({"a.npy": npy_bytes(tables(few))}, label_column=0)
    assert_same_digits(dataset, few)


def with_objects(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


OTHERS = {
    "names of classes": np.array(["zero", "one"], object),
    "a dictionary": np.array({"made": "by hand"}, object),
    "dates": np.datetime64("2020-01-01") + np.arange(300),
    "complex numbers": np.ones(3, complex),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_array_of_no_numbers_beside_good_ones_is_left_out_and_named(
    name: str, imported: Import, digits: Digits
) -> None:
    data = with_objects(x=digits.images, y=digits.labels, other_classes=OTHERS[name])
    dataset, result = imported({"a.npz": data})
    assert_same_digits(dataset, digits)
    assert "Left out, because it holds no plain numbers: other_classes in a.npz." in result.notes


def test_an_array_of_no_numbers_that_may_be_the_labels_is_refused(imported: Import, digits: Digits) -> None:
    """The folds of a cross-validation would be taken for the labels instead."""
    labels = digits.labels.astype(object)
    data = with_objects(x=digits.images, labels=labels, fold=np.arange(300) % 5)
    with pytest.raises(DatasetError, match="labels in a.npz holds Python objects, which may run code"):
        imported({"a.npz": data})
    with pytest.raises(DatasetError, match="images in a.npz holds Python objects"):
        imported({"a.npz": with_objects(images=digits.images.astype(object), y=digits.labels)})


LABELS = {
    "column": lambda y: y[:, np.newaxis],
    "row": lambda y: y[np.newaxis],
    "one-hot": lambda y: np.eye(10)[y],
    "one-hot booleans, across": lambda y: np.eye(10, dtype=bool)[y].T,
    "smoothed": lambda y: (np.eye(10)[y] * 0.9 + 0.01).astype(np.float32),
    "text": lambda y: y.astype("U1"),
    "bytes": lambda y: y.astype("S1"),
    "decimal text": lambda y: y.astype(float).astype("U3"),
    "floats": lambda y: y.astype(np.float32),
    "big-endian": lambda y: y.astype(">i8"),
    "1 to 10 with 10 for 0": lambda y: np.where(y == 0, 10, y),
    "1 to 10 with 1 for 0": lambda y: y + 1,
    "words": lambda y: np.array(["ZERO", "One", "two", "3", "four", "five", "six", "seven", "eight", "nine"])[y],
    "named digits in bytes": lambda y: np.array([f"digit_{k}" for k in range(10)], "S")[y][:, np.newaxis],
}


@pytest.mark.parametrize("name", one_in(2, LABELS))
def test_every_form_of_labels_gives_the_same_labels(name: str, imported: Import, digits: Digits) -> None:
    dataset, _ = imported({"a.npz": npz_bytes(images=digits.images, labels=LABELS[name](digits.labels))})
    assert_same_digits(dataset, digits)


def test_probabilities_as_labels_are_said_and_only_if_they_are_some(imported: Import, digits: Digits) -> None:
    probabilities = np.eye(10)[digits.labels] * 0.9 + 0.01
    _, made = imported({"a.npz": npz_bytes(images=digits.images, labels=probabilities)})
    assert any("probabilities" in note for note in made.notes)
    for name, values in (
        ("twice", probabilities * 2),
        ("below", probabilities - 0.05),
        ("even", probabilities * 0 + 0.1),
    ):
        with pytest.raises(DatasetError):
            imported({"a.npz": npz_bytes(images=digits.images, labels=values)}, name)


WITH_TEST = {
    "keras": lambda a, b: {"x_train": a.images, "y_train": a.labels, "x_test": b.images, "y_test": b.labels},
    "capitals": lambda a, b: {"trainX": a.images, "trainY": a.labels, "testX": b.images, "testY": b.labels},
    "images and labels": lambda a, b: {
        "test_images": b.images, "test_labels": b.labels, "train_images": a.images, "train_labels": a.labels,
    },
    "training and validation": lambda a, b: {
        "training_images": a.images, "training_labels": a.labels,
        "validation_images": b.images, "validation_labels": b.labels,
    },
    "images first": lambda a, b: {"arr_0": a.images, "arr_1": b.images, "arr_2": a.labels, "arr_3": b.labels},
    "short names": lambda a, b: {"x_tst": b.images, "y_tst": b.labels, "x_trn": a.images, "y_trn": a.labels},
    "shorter names": lambda a, b: {"Xte": b.images, "yte": b.labels, "Xtr": a.images, "ytr": a.labels},
    "smaller pair first": lambda a, b: {"arr_0": b.images, "arr_1": b.labels, "arr_2": a.images, "arr_3": a.labels},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name in WITH_TEST
        for kind in ("npz", "mat", "npy")
        if kind != "npy" or name not in ("images first", "smaller pair first")  # such names of files tell nothing
    ],
)
def test_a_test_split_is_found_by_name_or_by_size(
    name: str, kind: str, imported: Import, digits: Digits, more_digits: Digits
) -> None:
    arrays = WITH_TEST[name](digits, more_digits)
    files: Mapping[str, bytes] = {"a.npz": npz_bytes(**arrays)}
    if kind == "mat":
        files = {"a.mat": mat_bytes(**arrays)}
    if kind == "npy":
        files = {f"{key}.npy": npy_bytes(values) for key, values in arrays.items()}
    dataset, _ = imported(files)
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


def test_equal_lengths_are_paired_in_their_order(imported: Import, digits: Digits) -> None:
    a, b = digits[:150], digits[150:]
    dataset, _ = imported({"a.npz": npz_bytes(a.images, b.images, a.labels, b.labels)})
    assert_equal(dataset.train, a)
    assert_equal(dataset.test, b)


def test_a_third_part_is_joined_and_said(imported: Import, digits: Digits, more_digits: Digits) -> None:
    a, b = digits[:200], digits[200:]
    arrays = {"x_train": a.images, "y_train": a.labels, "x_val": b.images, "y_val": b.labels,
              "x_test": more_digits.images, "y_test": more_digits.labels}  # fmt: skip
    dataset, result = imported({"a.npz": npz_bytes(**arrays)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)
    assert any("x_train" in note and "x_val" in note and "joined" in note for note in result.notes)


def test_what_is_not_used_is_named(imported: Import, digits: Digits) -> None:
    rest = {"ids": np.arange(300), "weights": np.random.default_rng(0).random(300), "classes": np.arange(10)}
    dataset, result = imported({"a.npz": npz_bytes(x=digits.images, y=digits.labels, **rest)})
    assert_same_digits(dataset, digits)
    [note] = [note for note in result.notes if note.startswith("Not used")]
    assert all(name in note for name in rest)


def test_a_name_decides_between_two_arrays_that_could_be_labels(imported: Import, digits: Digits) -> None:
    fold = np.arange(300) % 10
    dataset, result = imported({"a.npz": npz_bytes(fold=fold, images=digits.images, labels=digits.labels)})
    assert_same_digits(dataset, digits)
    assert any("fold" in note for note in result.notes)
    with pytest.raises(DatasetError, match="could be left in a.npz and right in a.npz"):
        imported({"a.npz": npz_bytes(pictures=digits.images, left=digits.labels, right=fold)})


def test_emnists_own_matlab_file_is_read(imported: Import, digits: Digits, more_digits: Digits) -> None:
    mapping = np.column_stack([np.arange(10), np.arange(48, 58)])
    parts = {"train": emnist_part(digits), "test": emnist_part(more_digits), "mapping": mapping}
    dataset, result = imported({"emnist-digits.mat": mat_bytes(dataset=parts)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)
    assert any("rows and columns were swapped" in note for note in result.notes)
    assert any("dataset.train.writers" in note for note in result.notes)


def test_the_file_of_a_well_known_course_is_read(imported: Import, digits: Digits) -> None:
    """20 x 20 pixels in columns, a little beyond 0 to 1, and 10 for the digit 0."""
    small = digits.images[:, 4:24, 4:24]
    values = small.transpose(0, 2, 1).reshape(len(digits), 400) / 255 * 1.1 - 0.05
    answers = np.where(digits.labels == 0, 10, digits.labels)[:, np.newaxis]
    dataset, result = imported({"ex3data1.mat": mat_bytes(X=values, y=answers)})
    places = np.arange(28) * 20 // 28
    assert_alike(dataset, Digits(images=small[:, places][:, :, places], labels=digits.labels))
    assert any("10 stands for the digit 0" in note for note in result.notes)


@pytest.mark.parametrize("kind", ["npz", "mat"])
def test_arrays_named_by_their_digit_have_their_labels(
    kind: str, imported: Import, digits: Digits, more_digits: Digits
) -> None:
    arrays = {f"train{k}": digits.images[digits.labels == k].reshape(-1, 784) for k in range(10)}
    arrays |= {f"test{k}": more_digits.images[more_digits.labels == k].reshape(-1, 784) for k in range(10)}
    files = {"mnist_all.mat": mat_bytes(**arrays)} if kind == "mat" else {"all.npz": npz_bytes(**arrays)}
    dataset, _ = imported(files)
    order, test_order = np.argsort(digits.labels, kind="stable"), np.argsort(more_digits.labels, kind="stable")
    assert_equal(dataset.train, Digits(images=digits.images[order], labels=digits.labels[order]))
    assert_equal(dataset.test, Digits(images=more_digits.images[test_order], labels=more_digits.labels[test_order]))


OLD_TYPES = {"float64": np.float64, "int32": np.int32, "uint8": np.uint8, "big-endian": np.dtype(">f8")}


def mat_4_bytes(order: str = "<", **matrices: np.ndarray) -> bytes:
    """A file of version 4 by hand: five numbers, a name, and the values column by column."""
    codes = {"f8": 0, "i4": 2, "u1": 5}
    data = b""
    for name, values in matrices.items():
        code = 10 * codes[values.dtype.str[1:]] + (1000 if order == ">" else 0)
        data += struct.pack(f"{order}5i", code, *values.shape, 0, len(name) + 1) + name.encode() + b"\0"
        data += np.asfortranarray(values.astype(values.dtype.newbyteorder(order))).tobytes("F")
    return data


@pytest.mark.parametrize("name", OLD_TYPES)
def test_matlab_files_of_version_4_are_read(name: str, imported: Import, digits: Digits) -> None:
    kind = np.dtype(OLD_TYPES[name])
    pixels = digits.images.reshape(len(digits), 784).astype(kind)
    labels = digits.labels[:, np.newaxis].astype(kind)
    buffer = io.BytesIO()
    savemat(buffer, {"note": "by hand", "X": pixels, "y": labels}, format="4")
    by_hand = mat_4_bytes(">" if kind.byteorder == ">" else "<", X=pixels, y=labels)
    for number, data in enumerate((buffer.getvalue(), by_hand, gz(by_hand))):
        dataset, _ = imported({"a.mat": data}, f"set{number}")
        assert_same_digits(dataset, digits)


IDX = {
    "u1": lambda x: x,
    "i2": lambda x: x,
    "i4": lambda x: x,
    "f4": lambda x: x / 255,
    "f8": lambda x: x / 255,
}


@pytest.mark.parametrize("kind", one_in(2, IDX))
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_of_every_type_are_read(kind: str, packed: bool, imported: Import, digits: Digits) -> None:
    pack = gz if packed else bytes
    images, labels = idx_bytes(IDX[kind](digits.images), kind), idx_bytes(digits.labels, "i4")
    dataset, _ = imported({"some-images": pack(images), "some-labels": pack(labels)})
    assert_same_digits(dataset, digits)


def test_signed_bytes_hold_half_the_levels(imported: Import, digits: Digits) -> None:
    files = {"a-images": idx_bytes(digits.images // 2, "i1"), "a-labels": idx_bytes(digits.labels, "i1")}
    dataset, result = imported(files)
    assert_alike(dataset, digits, least=0.99)
    assert any("0 to 127" in note for note in result.notes)


def test_four_idx_files_in_any_order_keep_their_test_split(
    imported: Import, digits: Digits, more_digits: Digits
) -> None:
    files = {
        "t10k-labels.idx1-ubyte": idx_bytes(more_digits.labels),
        "train-images.idx3-ubyte": idx_bytes(digits.images),
        "t10k-images.idx3-ubyte": idx_bytes(more_digits.images),
        "train-labels.idx1-ubyte": idx_bytes(digits.labels),
    }
    dataset, result = imported(files)
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)
    assert result.notes == ()


def test_kinds_may_be_mixed(imported: Import, digits: Digits) -> None:
    files = {"images.npy": npy_bytes(digits.images / 255), "labels.idx1": idx_bytes(digits.labels)}
    dataset, _ = imported(files)
    assert_same_digits(dataset, digits)


def test_images_without_labels_beside_a_pair_are_named(imported: Import, digits: Digits, more_digits: Digits) -> None:
    files = {
        "train-images": idx_bytes(digits.images), "train-labels": idx_bytes(digits.labels),
        "t10k-images": idx_bytes(more_digits.images),
    }  # fmt: skip
    dataset, result = imported(files)
    assert_same_digits(dataset, digits)
    assert any("Not used" in note and "t10k-images" in note for note in result.notes)


def test_larger_images_are_shrunk_in_proportion(imported: Import, digits: Digits) -> None:
    doubled = np.kron(digits.images, np.ones((1, 2, 2), np.uint8))
    dataset, result = imported({"a.npz": npz_bytes(x=doubled, y=digits.labels)})
    assert_same_digits(dataset, digits)
    assert any("Resized from 56 x 56 to 28 x 28" in note for note in result.notes)


def test_oblong_images_get_a_margin(imported: Import, digits: Digits) -> None:
    narrow = digits.images[:, :, 4:24]
    dataset, _ = imported({"a.npz": npz_bytes(x=255 - narrow, y=digits.labels)})
    assert_same_digits(dataset, Digits(images=np.pad(narrow, ((0, 0), (0, 0), (4, 4))), labels=digits.labels))
