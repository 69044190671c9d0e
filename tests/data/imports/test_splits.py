"""What tells the test images from the training images, and what says nothing about it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from mnist_core.cli import main
from mnist_core.data.imports.files.folders import uploads_from
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import read_files
from mnist_core.data.imports.results import Reading
from mnist_core.data.sources.catalogue import load_dataset
from tests.data.imports.comparing import assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    Digits,
    kaggle_bytes,
    npz_bytes,
    parquet_bytes,
    picture_bytes,
    write_all,
    zip_bytes,
)


def read(files: dict[str, bytes]) -> Reading:
    return read_files([Upload(name=name, data=data) for name, data in files.items()])


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
    members = {
        f"{label}/{i}.png": picture_bytes(image)
        for i, (image, label) in enumerate(zip(digits.images, digits.labels, strict=True))
    }
    reading = read({"a.zip": zip_bytes({**members, "7/blank.png": blank})})
    assert len(reading.labels) == len(digits) + 1
    assert np.count_nonzero(reading.images.max(axis=(1, 2)) == 0) == 1


def test_two_arrays_of_a_class_each_are_no_training_and_test_split(imported: Import, digits: Digits) -> None:
    arrays = {f"digit{label}": digits.images[digits.labels == label] for label in (3, 8)}
    dataset, _ = imported({"a.npz": npz_bytes(**arrays)})
    assert set(dataset.train.labels.tolist()) == set(dataset.test.labels.tolist()) == {3, 8}


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
    paths = [f"{first}/data.csv", f"{'test' if first == 'train' else 'train'}/data.csv"]
    assert main(["data", "import", *paths, "--name", "mine"]) == 0
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
