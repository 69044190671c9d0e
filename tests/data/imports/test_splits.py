"""What tells the test images from the training images, and what says nothing about it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from mnist_core.data.collected.collection import Collection
from mnist_core.data.collected.export import collection_csv, collection_npz
from mnist_core.data.imports.drafts import Labelling
from mnist_core.data.imports.files.folders import uploads_from
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.importing import import_dataset
from mnist_core.data.imports.reading import read_files
from mnist_core.data.sources.catalogue import load_dataset
from tests.data.imports.comparing import assert_equal, assert_same_digits, read
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    PIXELS,
    Digits,
    csv_bytes,
    kaggle_bytes,
    npz_bytes,
    parquet_bytes,
    picture_bytes,
    picture_members,
    rows_of,
    write_all,
    zip_bytes,
)
from tests.thorough import some_of


def of_mixed_depth(digits: Digits, is_deep: np.ndarray) -> list[bytes]:
    return [
        picture_bytes(image.astype(np.uint16) * 257 if deep else image)
        for image, deep in zip(digits.images, is_deep, strict=True)
    ]


@pytest.mark.parametrize("packing", ["zip", "folder", "parquet"])
@pytest.mark.parametrize("which", ["one", "two classes"])
def test_the_depth_of_pictures_says_nothing_about_the_split(
    which: str, packing: str, imported: Import, digits: Digits, tmp_path: Path
) -> None:
    is_deep = np.arange(len(digits)) == 5 if which == "one" else digits.labels >= 8
    pictures = of_mixed_depth(digits, is_deep)
    members = {
        f"{label}/{i}.png": picture for i, (label, picture) in enumerate(zip(digits.labels, pictures, strict=True))
    }
    if packing == "folder":
        write_all(tmp_path / "mine", members)
        assert read_files(uploads_from([tmp_path / "mine"])).is_test is None
        return
    table = pa.table({"image": pictures, "label": digits.labels.tolist()})
    files = {"a.zip": zip_bytes(members)} if packing == "zip" else {"a.parquet": parquet_bytes(table)}
    dataset, made = imported(files)
    assert_same_digits(dataset, digits)
    assert (len(dataset.train), len(dataset.test)) == (240, 60)
    assert any("more than a byte per pixel" in note for note in made.notes)
    assert not any("test split:" in note for note in made.notes)


def test_deep_pictures_keep_the_splits_of_their_folders(imported: Import, digits: Digits) -> None:
    is_test, is_deep = np.arange(len(digits)) % 5 == 0, np.arange(len(digits)) % 10 < 3
    pictures = of_mixed_depth(digits, is_deep)
    members = {
        f"{'test' if is_test[i] else 'train'}/{digits.labels[i]}/{i}.png": picture for i, picture in enumerate(pictures)
    }
    dataset, _ = imported({"a.zip": zip_bytes(members)})
    assert_equal(dataset.train, Digits(images=digits.images[~is_test], labels=digits.labels[~is_test]))
    assert_equal(dataset.test, Digits(images=digits.images[is_test], labels=digits.labels[is_test]))


def test_a_deep_picture_that_shows_nothing_costs_nothing_else(digits: Digits) -> None:
    blank = picture_bytes(np.full((28, 28), 9, np.uint16))
    members = picture_members(digits)
    reading = read({"a.zip": zip_bytes({**members, "7/blank.png": blank})})
    assert len(reading.labels) == len(digits) + 1
    assert np.count_nonzero(reading.images.max(axis=(1, 2)) == 0) == 1


def test_arrays_of_a_class_each_are_no_training_and_test_split(imported: Import, digits: Digits) -> None:
    arrays = {f"digit{label}": digits.images[digits.labels == label] for label in range(10)}
    dataset, _ = imported({"a.npz": npz_bytes(**arrays)})
    assert set(dataset.train.labels.tolist()) == set(dataset.test.labels.tolist()) == set(range(10))


def test_parts_of_one_table_are_named_by_their_part(digits: Digits) -> None:
    words = ["train", "validation", "test"] * 100
    rows = rows_of(digits, [digits.labels.tolist(), words])
    reading = read({"a.csv": csv_bytes(rows, ["label", "split", *PIXELS])})
    assert "2 sources were joined, as training images: a.csv (train) and a.csv (validation)." in reading.notes


@pytest.fixture
def two_folders(tmp_path: Path, digits: Digits, more_digits: Digits, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"train/data.csv": kaggle_bytes(more_digits), "test/data.csv": kaggle_bytes(digits)}
    write_all(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("two_folders")
@pytest.mark.parametrize("first", ["train", "test"])
def test_folders_of_files_of_one_name_tell_the_splits(
    first: str, digits: Digits, more_digits: Digits, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test split is the larger one here: only the folders tell."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(data_folder))
    paths = [Path(f"{first}/data.csv"), Path(f"{'test' if first == 'train' else 'train'}/data.csv")]
    import_dataset(uploads_from(paths), Labelling(name="mine", title="", source="", licence=""), folder=data_folder)
    dataset = load_dataset("mine", data_folder)
    assert_equal(dataset.train, more_digits)
    assert_equal(dataset.test, digits)


def test_folders_given_as_such_tell_the_splits(two_folders: Path, more_digits: Digits) -> None:
    reading = read_files(uploads_from([two_folders / "test", two_folders / "train"]))
    assert reading.is_test is not None
    assert np.array_equal(reading.labels[~reading.is_test], more_digits.labels)


def test_the_folder_that_holds_all_files_says_nothing(tmp_path: Path, digits: Digits) -> None:
    write_all(tmp_path / "test", {"train.csv": kaggle_bytes(digits[:200]), "other.csv": kaggle_bytes(digits[200:])})
    reading = read_files(uploads_from([tmp_path / "test" / name for name in ("train.csv", "other.csv")]))
    assert reading.is_test is None


def test_files_of_two_people_are_joined_and_named(tmp_path: Path, digits: Digits, more_digits: Digits) -> None:
    write_all(tmp_path, {"anna/digits.csv": kaggle_bytes(digits), "ben/digits.csv": kaggle_bytes(more_digits)})
    reading = read_files(uploads_from([tmp_path / "anna/digits.csv", tmp_path / "ben/digits.csv"]))
    assert reading.is_test is None
    assert len(reading.labels) == len(digits) + len(more_digits)
    assert any("joined" in note and "anna/digits.csv and ben/digits.csv" in note for note in reading.notes)


def test_a_file_given_twice_is_read_once(tmp_path: Path, digits: Digits, more_digits: Digits) -> None:
    data = npz_bytes(digits.images, digits.labels, more_digits.images, more_digits.labels)
    folder = tmp_path / "mine"
    write_all(folder, {"a.npz": data})
    on_page = [Upload(name="a.npz", data=data), Upload(name="a.npz", data=bytes(data))]
    spelled_otherwise = uploads_from([folder / "a.npz", folder / ".." / "mine" / "a.npz"])
    for uploads in (on_page, spelled_otherwise, uploads_from([folder, folder / "a.npz"])):
        reading = read_files(uploads)
        assert reading.is_test is not None
        assert np.array_equal(reading.labels[reading.is_test], more_digits.labels)
        assert np.array_equal(reading.labels[~reading.is_test], digits.labels)
        assert any("a.npz" in note and "read once" in note for note in reading.notes)


def test_files_of_one_content_and_two_names_are_two_files(digits: Digits) -> None:
    half = digits[:100]
    reading = read({"x.csv": kaggle_bytes(half), "y.csv": kaggle_bytes(half)})
    assert len(reading.labels) == 200


IS_TEST = np.arange(300) % 3 == 1
WORDS = np.where(IS_TEST, "test", "train").tolist()


def of_pixels(digits: Digits, name: str, values: object) -> pa.Table:
    pixels = digits.images.reshape(len(digits), -1)
    columns = {"label": digits.labels, **dict(zip(PIXELS, pixels.T, strict=True))}
    return pa.table({**columns, name: values})


def pictures_beside(digits: Digits, name: str, values: object) -> pa.Table:
    pictures = [picture_bytes(image) for image in digits.images]
    return pa.table({"image": pictures, "label": digits.labels.tolist(), name: values})


TABLES = {
    "Parquet, columns of pixels": lambda d: {"a.parquet": parquet_bytes(of_pixels(d, "split", WORDS))},
    "Parquet, words of a dictionary": lambda d: {
        "a.parquet": parquet_bytes(of_pixels(d, "split", pa.array(WORDS).dictionary_encode()))
    },
    "Parquet, yes or no": lambda d: {"a.parquet": parquet_bytes(of_pixels(d, "is_test", IS_TEST))},
    "Parquet, lists of pixels": lambda d: {
        "a.parquet": parquet_bytes(
            pa.table({"x": d.images.reshape(len(d), -1).tolist(), "label": d.labels.tolist(), "split": WORDS})
        )
    },
    "Parquet, pictures": lambda d: {"a.parquet": parquet_bytes(pictures_beside(d, "subset", WORDS))},
    "CSV, yes or no": lambda d: {
        "a.csv": csv_bytes(rows_of(d, [d.labels.tolist(), IS_TEST.tolist()]), ["label", "is_test", *PIXELS])
    },
    "CSV, 1 or 0": lambda d: {
        "a.csv": csv_bytes(
            rows_of(d, [d.labels.tolist()], [(~IS_TEST).astype(int).tolist()]), ["label", *PIXELS, "is_train"]
        )
    },
    "npz, yes or no": lambda d: {"my-test.npz": npz_bytes(images=d.images, labels=d.labels, is_test=IS_TEST)},
    "npz, words": lambda d: {"a.npz": npz_bytes(x=d.images, y=d.labels, part=np.array(WORDS))},
    "npz without names of labels": lambda d: {"a.npz": npz_bytes(x=d.images, gt=d.labels, test_mask=IS_TEST)},
}


QUICK = [name for name in TABLES if name not in ("Parquet, columns of pixels", "Parquet, words of a dictionary")]


@pytest.mark.parametrize("name", some_of(TABLES, always=QUICK))
def test_a_column_or_array_tells_the_splits_in_every_kind_of_table(name: str, imported: Import, digits: Digits) -> None:
    dataset, made = imported(TABLES[name](digits))
    assert_equal(dataset.test, Digits(images=digits.images[IS_TEST], labels=digits.labels[IS_TEST]))
    assert_equal(dataset.train, Digits(images=digits.images[~IS_TEST], labels=digits.labels[~IS_TEST]))
    assert any("The splits were read from" in note for note in made.notes)
    assert not any("left out" in note for note in made.notes)


@pytest.mark.parametrize("writers", [("Test", "Train"), ("test", "test"), ("Anna", "Ben")])
@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_a_collection_keeps_its_splits_whatever_its_writers_are_called(
    writers: tuple[str, str], kind: str, imported: Import, digits: Digits
) -> None:
    collection = Collection(
        images=digits.images, labels=digits.labels, writers=tuple(writers[i % 2] for i in range(300)),
        ids=np.arange(300) + 1, is_test=IS_TEST,
    )  # fmt: skip
    data = collection_csv(collection) if kind == "csv" else collection_npz(collection)
    dataset, _ = imported({f"mine.{kind}": data})
    assert_equal(dataset.test, Digits(images=digits.images[IS_TEST], labels=digits.labels[IS_TEST]))
    assert_equal(dataset.train, Digits(images=digits.images[~IS_TEST], labels=digits.labels[~IS_TEST]))


def test_a_column_of_one_word_tells_no_split_unless_it_is_called_so(digits: Digits, more_digits: Digits) -> None:
    rows = rows_of(digits, [digits.labels.tolist(), ["Test"] * 300])
    table = csv_bytes(rows, ["label", "writer", *PIXELS])
    others = rows_of(more_digits, [more_digits.labels.tolist(), ["Anna"] * 80])
    more = csv_bytes(others, ["label", "writer", *PIXELS])
    assert read({"a.csv": table, "b.csv": more}).is_test is None
    named = read({"a.csv": table.replace(b"writer", b"split"), "b.csv": more.replace(b"writer", b"split")})
    assert named.is_test is not None
    assert np.array_equal(named.labels[named.is_test], digits.labels)


def test_a_list_of_pictures_prefers_the_column_called_split(imported: Import, digits: Digits) -> None:
    rows = [[f"{i}.png", ["Train", "Test"][i % 2], label, WORDS[i]] for i, label in enumerate(digits.labels.tolist())]
    members = picture_members(digits, "{i}.png")
    members["list.csv"] = csv_bytes(rows, ["file", "writer", "label", "split"])
    dataset, _ = imported({"a.zip": zip_bytes(members)})
    assert_equal(dataset.test, Digits(images=digits.images[IS_TEST], labels=digits.labels[IS_TEST]))


def test_numbers_of_parts_tell_no_split(digits: Digits) -> None:
    """Neither a mask of three values nor one of another length says which images are for testing."""
    for mask in (np.arange(300) % 3, IS_TEST[:200]):
        assert read({"a.npz": npz_bytes(images=digits.images, labels=digits.labels, is_test=mask)}).is_test is None
