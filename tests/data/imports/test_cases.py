"""Files that people really have, each after a public report: what is stored is right.

They are made here from digits of the sample. `MNIST_STUDIO_CASES` names a folder of the original files, 400 and 100
digits of the full MNIST in its order, which are then tested too.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.drafts import Imported
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_alike, assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    PIXELS,
    Digits,
    csv_bytes,
    gz,
    idx_bytes,
    kaggle_bytes,
    npz_bytes,
    picture_bytes,
    picture_members,
    rows_of,
    zip_bytes,
)

GIVEN = os.environ.get("MNIST_STUDIO_CASES", "")
Files = Mapping[str, bytes]
Make = Callable[[Digits, Digits], Files]


def emnist(train: Digits, test: Digits) -> Files:
    files = {}
    for part, digits in (("train", train), ("test", test)):
        files[f"emnist-digits-{part}-images-idx3-ubyte.gz"] = gz(idx_bytes(digits.images.transpose(0, 2, 1)))
        files[f"emnist-digits-{part}-labels-idx1-ubyte.gz"] = gz(idx_bytes(digits.labels))
    return files


def eighths(digits: Digits) -> np.ndarray:
    """8 x 8 values from 0 to 16 in rows, like scikit-learn's: means of 3 x 3 pixels of the middle."""
    middle = digits.images[:, 2:26, 2:26].reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4))
    return np.rint(middle / middle.max() * 16).reshape(len(digits), 64)


def noisy(digits: Digits) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.13, digits.images.shape)
    return np.clip(digits.images / 255 + noise, 0, None).astype(np.float32)


def half_shifted(digits: Digits) -> np.ndarray:
    shifted = np.zeros(digits.images.shape)
    shifted[:, :, :18] = digits.images[:, :, 10:]
    return 0.5 + shifted / 510


def kmnist(train: Digits, test: Digits) -> Files:
    files = {}
    for part, digits in (("test", test), ("train", train)):
        files[f"kmnist-{part}-imgs.npz"] = npz_bytes(digits.images)
        files[f"kmnist-{part}-labels.npz"] = npz_bytes(digits.labels)
    return files


def qmnist(train: Digits, _: Digits) -> Files:
    labels = np.column_stack([train.labels, *[np.arange(len(train)) + column for column in range(7)]])
    return {
        "qmnist-train-images-idx3-ubyte.gz": gz(idx_bytes(train.images)),
        "qmnist-train-labels-idx2-int.gz": gz(idx_bytes(labels, "i4")),
    }


def mixed_pictures(train: Digits, _: Digits) -> Files:
    members = picture_members(train[:200])
    members |= picture_members(train[200:], "{label}/t{i}.tif", "TIFF")
    return {"zip_tif_mixed.zip": zip_bytes(members)}


def with_empty_picture(train: Digits, _: Digits) -> Files:
    members = picture_members(train, "set/{label}/{i}.png")
    members[f"set/{train.labels[7]}/7.png"] = b""
    return {"zip_zerobyte.zip": zip_bytes(members)}


def labels_first(train: Digits) -> list:
    return rows_of(train, [train.labels.tolist()])


def labels_last(train: Digits) -> list:
    return rows_of(train, last=[train.labels.tolist()])


@dataclass(frozen=True, kw_only=True)
class Case:
    """Files, and what has to become of them.

    Attributes:
        given: patterns of the names of the original files.
        has_test: whether the files have a test split.
        likeness: how much a stored image has to correlate with its digit; 1 for the very same pixels.
        said: words that the notes have to hold.
        missing: rows that are left out.
    """

    make: Make
    given: str
    has_test: bool = False
    likeness: float = 1.0
    said: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()


def one(name: str, content: Callable[[Digits], bytes]) -> Make:
    return lambda train, _: {name: content(train)}


CASES = {
    "turned": Case(make=emnist, given="emnist-digits-*", has_test=True, said=("rows and columns were swapped",)),
    "noise beyond 1": Case(
        make=one("noisy.npz", lambda d: npz_bytes(x=noisy(d), y=d.labels)),
        given="float_noisy_clip0.npz", likeness=0.85, said=("clipped",),
    ),
    "from -1 to 1": Case(
        make=one("m11.npz", lambda d: npz_bytes(x=(d.images / 127.5 - 1).astype(np.float32), y=d.labels)),
        given="float_m11.npz", said=("-1 to 1",),
    ),
    "light digits on mid grey": Case(
        make=lambda a, b: {"c.npz": npz_bytes(x_train=127.5 + a.images / 2, y_train=a.labels,
                                              x_test=127.5 + b.images / 2, y_test=b.labels)},
        given="mnistc_like.npz", has_test=True, said=("127.5 to 255",),
    ),
    "pictures on grey": Case(
        make=lambda a, _: {"grey.zip": zip_bytes(picture_members(
            Digits(images=(140 + a.images / 255 * 115).astype(np.uint8), labels=a.labels)))},
        given="zip_grey_ground.zip", likeness=0.99, said=("140 to 255",),
    ),
    "label last, no header": Case(
        make=one("plain.csv", lambda d: csv_bytes(labels_last(d))),
        given="label_last_noheader.csv", said=("column 785",),
    ),
    "label last, named labels": Case(
        make=one("a.csv", lambda d: csv_bytes(labels_last(d), [*PIXELS, "labels"])),
        given="labels_last_named_labels.csv",
    ),
    "label last, named number": Case(
        make=one("a.csv", lambda d: csv_bytes(labels_last(d), [*PIXELS, "number"])),
        given="label_last_named_number.csv",
    ),
    "index first": Case(
        make=one("i.csv", lambda d: csv_bytes(rows_of(d, [range(len(d)), d.labels.tolist()]), ["", "label", *PIXELS])),
        given="train_indexed.csv", said=("left out", "column 1"),
    ),
    "positional arrays": Case(
        make=lambda a, b: {"pos.npz": npz_bytes(a.images, a.labels, b.images, b.labels)},
        given="savez_pos4.npz", has_test=True, said=("arr_2", "arr_3", "test split"),
    ),
    "two tables": Case(
        make=lambda a, b: {"mnist_test.csv": kaggle_bytes(b), "mnist_train.csv": kaggle_bytes(a)},
        given="mnist_t*.csv", has_test=True,
    ),
    "four npz": Case(make=kmnist, given="kmnist-*", has_test=True),
    "table in a zip": Case(
        make=one("k.zip", lambda d: zip_bytes({"train.csv": kaggle_bytes(d)})),
        given="zip_csv_inside_small.zip",
    ),
    "IDX in a zip": Case(
        make=one("k.zip", lambda d: zip_bytes({"train-images.idx3-ubyte": idx_bytes(d.images),
                                               "train-labels.idx1-ubyte": idx_bytes(d.labels)})),
        given="zip_idx_inside_small.zip",
    ),
    "backslashes": Case(
        make=one("w.zip", lambda d: zip_bytes(picture_members(d, "digits\\{label}\\{i}.png"))),
        given="zip_backslash.zip",
    ),
    "an empty picture": Case(
        make=with_empty_picture, given="zip_zerobyte.zip", said=("1 of", "/7.png", "empty"), missing=(7,),
    ),
    "western header": Case(
        make=one("c.csv", lambda d: csv_bytes(labels_first(d), ["Étiquette", *PIXELS], separator=";", encoding="cp1252")
        ),
        given="cp1252_header.csv",
    ),
    "blank first line": Case(make=one("b.csv", lambda d: b"\n" + kaggle_bytes(d)), given="leading_blank.csv"),
    "labels in columns": Case(make=qmnist, given="qmnist-*", said=("8 columns", "first")),
    "labels as text": Case(
        make=one("s.npz", lambda d: npz_bytes(data=d.images.reshape(-1, 784) / 1.0, target=d.labels.astype("U3"))),
        given="str_labels.npz",
    ),
    "channels first": Case(
        make=one("rgb.npz", lambda d: npz_bytes(x=np.repeat(d.images[:, np.newaxis], 3, axis=1), y=d.labels)),
        given="rgb_first.npz", said=("channels came first",),
    ),
    "sixteen bits": Case(
        make=lambda a, _: {"deep.zip": zip_bytes({f"{label}/{i}.png": picture_bytes(image.astype(np.uint16) * 257)
                           for i, (image, label) in enumerate(zip(a.images, a.labels, strict=True))})},
        given="zip_16bit.zip", said=("0 to 65,535",),
    ),
    "a TIFF is a picture": Case(make=mixed_pictures, given="zip_tif_mixed.zip"),
}  # fmt: skip

CASES_WITH_FILES = [name for name, case in CASES.items() if case.given]
each_case = pytest.mark.parametrize("name", CASES)


def check(case: Case, made: tuple[Dataset, Imported], train: Digits, test: Digits) -> None:
    dataset, result = made
    notes = " ".join(result.notes)
    assert all(word in notes for word in case.said), notes
    assert not re.search(r"colour to grey|nverted", notes), notes
    rows = np.setdiff1d(np.arange(len(train)), case.missing)
    expected = Digits(images=train.images[rows], labels=train.labels[rows])
    if case.has_test:
        assert_equal(dataset.train, expected)
        assert_equal(dataset.test, test)
    elif case.likeness == 1:
        assert_same_digits(dataset, expected)
    else:
        assert_alike(dataset, expected, least=case.likeness)
    stored = np.concatenate([dataset.train.images, dataset.test.images])
    assert np.median(stored[:, 0]) == 0
    assert np.median(stored.max(axis=(1, 2))) >= 230


@each_case
def test_what_people_have_is_stored_right(name: str, imported: Import, digits: Digits, more_digits: Digits) -> None:
    case = CASES[name]
    check(case, imported(case.make(digits, more_digits)), digits, more_digits)


@pytest.fixture(scope="module")
def full_order(full_mnist_folder: Path) -> tuple[Digits, Digits]:
    """The first 400 and 100 digits of the full MNIST."""

    def read(part: str, n: int) -> Digits:
        [images] = full_mnist_folder.glob(f"mnist/{part}-images*.gz")
        [labels] = full_mnist_folder.glob(f"mnist/{part}-labels*.gz")
        pixels = np.frombuffer(gzip.decompress(images.read_bytes()), np.uint8, offset=16)
        values = np.frombuffer(gzip.decompress(labels.read_bytes()), np.uint8, offset=8)
        return Digits(images=pixels.reshape(-1, 28, 28)[:n], labels=values[:n])

    return read("train", 400), read("t10k", 100)


def given(pattern: str) -> dict[str, bytes | Path]:
    if not GIVEN:
        pytest.skip("MNIST_STUDIO_CASES names no folder of the original files")
    paths = sorted(Path(GIVEN).glob(pattern))
    assert paths
    return {path.name: path for path in paths}


@pytest.mark.parametrize("name", CASES_WITH_FILES)
def test_the_original_files_are_stored_right(name: str, imported: Import, full_order: tuple[Digits, Digits]) -> None:
    case = CASES[name]
    check(case, imported(given(case.given)), *full_order)


def check_sixteen_levels(made: tuple[Dataset, Imported], small: np.ndarray, labels: np.ndarray) -> None:
    """Enlarged by repeating pixels, the small digits look like the stored ones."""
    places = np.arange(28) * 8 // 28
    large = np.rint(small.reshape(-1, 8, 8)[:, places][:, :, places] * 255 / 16).astype(np.uint8)
    dataset, result = made
    assert_alike(dataset, Digits(images=large, labels=labels.astype(np.uint8)))
    assert any("0 to 16" in note for note in result.notes)
    assert np.percentile(dataset.train.images.max(axis=(1, 2)), 10) > 140


@pytest.mark.parametrize("names", [("x", "y"), ("data", "target"), ("pictures", "answers")])
def test_sixteen_levels_become_full_contrast(names: tuple[str, str], imported: Import, digits: Digits) -> None:
    small = eighths(digits)
    arrays = dict(zip(names, (small, digits.labels.astype(np.int64)), strict=True))
    check_sixteen_levels(imported({"digits.npz": npz_bytes(**arrays)}), small, digits.labels)


@pytest.mark.parametrize("name", ["digits.npz", "sklearn_digits.npz"])
def test_the_original_sixteen_levels_become_full_contrast(name: str, imported: Import) -> None:
    files = given(name)
    with np.load(files[name]) as arrays:
        small, labels = (arrays[key] for key in arrays.files)
    check_sixteen_levels(imported(files), small, labels)


def check_half_shifted(made: tuple[Dataset, Imported], digits: Digits, shifted: np.ndarray) -> None:
    dataset, result = made
    assert not any("nverted" in note for note in result.notes)
    assert_alike(dataset, Digits(images=shifted, labels=digits.labels))
    assert np.median(dataset.train.images) == 0


def test_digits_that_touch_the_border_on_grey_ground_are_not_inverted(imported: Import, digits: Digits) -> None:
    kept = digits
    shifted = half_shifted(kept)
    check_half_shifted(imported({"half.npz": npz_bytes(x=shifted, y=kept.labels)}), kept, shifted)


def test_the_original_half_shifted_digits_are_not_inverted(imported: Import) -> None:
    files = given("half_shifted.npz")
    with np.load(files["half_shifted.npz"]) as arrays:
        shifted, labels = arrays["x"], arrays["y"]
    seen = np.flatnonzero(shifted.max(axis=(1, 2)) > 0.8)
    dataset, result = imported(files)
    assert not any("nverted" in note for note in result.notes)
    assert np.median(dataset.train.images) == 0
    assert len(dataset.train) + len(dataset.test) == len(labels) >= len(seen)


def bilevel(digits: Digits) -> bytes:
    return zip_bytes(picture_members(Digits(images=255 - digits.images, labels=digits.labels), mode="1"))


def check_bilevel(made: tuple[Dataset, Imported]) -> None:
    dataset, result = made
    notes = " ".join(result.notes)
    assert "Inverted, because the digits were dark on a light background." in notes
    assert "colour" not in notes
    assert set(np.unique(dataset.train.images).tolist()) == {0, 255}
    assert np.median(dataset.train.images) == 0


def test_pictures_of_one_bit_have_no_colours(imported: Import, digits: Digits) -> None:
    check_bilevel(imported({"bits.zip": bilevel(digits)}))


def test_the_original_pictures_of_one_bit_have_no_colours(imported: Import) -> None:
    check_bilevel(imported(given("zip_1bit.zip")))


WEB_PAGE = b"<!DOCTYPE HTML>\n<html><head><title>403 Forbidden</title></head><body>Forbidden</body></html>"


def check_web_page(imported: Import, files: Mapping[str, bytes | Path]) -> None:
    with pytest.raises(DatasetError, match=r"is a web page, not an IDX file\..*browser"):
        imported(files)


def test_a_web_page_is_called_one(imported: Import) -> None:
    check_web_page(imported, {"train-images-idx3-ubyte.gz": WEB_PAGE})


def test_the_original_web_page_is_called_one(imported: Import) -> None:
    check_web_page(imported, given("html-*"))
