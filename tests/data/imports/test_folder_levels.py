"""Pictures in folders within folders that could both be labels, and folders 1 to 10."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_read, read
from tests.data.imports.making import Digits, csv_bytes, picture_bytes, zip_bytes

Name = Callable[[int, int], str]


def packed(digits: Digits, name: Name, **more: bytes) -> dict[str, bytes]:
    pictures = {
        name(i, label): picture_bytes(image)
        for i, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True))
    }
    return {"a.zip": zip_bytes({**pictures, **more})}


LEVELS: dict[str, Name] = {
    "sessions 1 to 3": lambda i, label: f"digits/{label}/{i % 3 + 1}/{i}.png",
    "sessions 0 to 9": lambda i, label: f"digits/{label}/{i % 10}/{i}.png",
    "writers above": lambda i, label: f"{i % 10}/{label}/{i}.png",
    "some in sessions": lambda i, label: f"d/{label}/{i}.png" if i % 2 else f"d/{label}/1/{i}.png",
    "in the files": lambda i, label: f"{i % 7}/{label}_{i}.png",
}


@pytest.mark.parametrize("name", LEVELS)
def test_the_digits_tell_which_level_is_the_label(name: str, digits: Digits) -> None:
    reading = assert_read(packed(digits, LEVELS[name]), digits)
    assert any("as the digits show, not from folders such as" in note for note in reading.notes)


@pytest.mark.parametrize("pattern", ["{label}/session{i}/{i}.png", "{label}/1/{i}.png", "1/{label}/{i}.png"])
def test_a_level_that_tells_no_label_is_no_doubt(pattern: str, digits: Digits) -> None:
    reading = assert_read(packed(digits, lambda i, label: pattern.format(i=i, label=label)), digits)
    assert not any("as the digits show" in note for note in reading.notes)


def test_two_levels_that_the_digits_do_not_tell_apart_are_refused(digits: Digits) -> None:
    sentence = r"Folders of 2 levels could be the labels, such as .*0/0 \(10 classes\).*Rename the other folders"
    with pytest.raises(DatasetError, match=sentence):
        read(packed(digits, lambda i, _: f"{i % 7}/{i % 10}/{i}.png"))


def test_one_picture_in_folders_of_two_digits_costs_only_itself(digits: Digits) -> None:
    reading = read(packed(digits, lambda i, label: f"{label}/{label + 1}/{i}.png" if i == 5 else f"{label}/{i}.png"))
    assert np.array_equal(np.sort(reading.labels), np.sort(np.delete(digits.labels, 5)))
    assert any("in folders of two digits" in note for note in reading.notes)
    assert not any("as the digits show" in note for note in reading.notes)


def test_of_a_few_pictures_the_level_with_ten_classes_counts(digits: Digits) -> None:
    """They are too few to compare them with digits."""
    rows = [int(np.flatnonzero(digits.labels == label)[0]) for label in range(10)]
    few = Digits(images=digits.images[rows], labels=digits.labels[rows])
    reading = assert_read(packed(few, lambda i, label: f"{label}/{i % 3}/{i}.png"), few)
    assert any("the only ones with ten classes" in note for note in reading.notes)


def test_folders_called_by_other_numerals_are_no_digits(digits: Digits) -> None:
    few = digits[:100]
    files = packed(few, lambda i, label: f"{label or 10}/{i}.png", **{"²/a.png": picture_bytes(digits.images[0])})
    assert len(read(files).labels) == 100


def test_a_list_is_compared_with_the_level_that_it_agrees_with(digits: Digits) -> None:
    rows = csv_bytes([[f"{i}.png", label] for i, label in enumerate(digits.labels)], ["file", "label"])
    files = packed(digits, lambda i, label: f"{label}/{i % 3}/{i}.png", **{"labels.csv": rows})
    assert_read(files, digits)


TENS: dict[str, Name] = {
    "folders": lambda i, label: f"{label or 10}/{i}.png",
    "padded": lambda i, label: f"{label or 10:02d}/{i}.png",
    "with a word": lambda i, label: f"digit_{label or 10}/{i}.png",
    "train and test": lambda i, label: f"{'train' if i % 9 else 'test'}/{label or 10}/{i}.png",
    "files": lambda i, label: f"{label or 10}_{i}.png",
    "files with a word": lambda i, label: f"scan{i}_label{label or 10}.png",
}


@pytest.mark.parametrize("name", TENS)
def test_10_stands_for_the_digit_0_where_0_is_missing(name: str, digits: Digits) -> None:
    reading = assert_read(packed(digits, TENS[name]), digits)
    assert any("10 stands for the digit 0" in note for note in reading.notes)


def test_folders_counted_from_1_are_told_by_the_digits(digits: Digits) -> None:
    reading = assert_read(packed(digits, lambda i, label: f"{label + 1}/{i}.png"), digits)
    assert any("1 to 10 stand for the digits 0 to 9" in note for note in reading.notes)


@pytest.mark.parametrize("others", [(0, 10), (10, 11)])
def test_10_is_no_digit_beside_0_or_11(others: tuple[int, int], digits: Digits) -> None:
    """Pictures of a few more classes are left out and counted."""
    kept = Digits(images=digits.images[digits.labels != 0], labels=digits.labels[digits.labels != 0])
    more = {
        f"{others[1]}/a.png": picture_bytes(digits.images[0]),
        f"{others[0]}/b.png": picture_bytes(digits.images[1]),
    }
    reading = read(packed(kept, lambda i, label: f"{label}/{i}.png", **more))
    assert len(reading.labels) == len(kept) + (others[0] == 0)
    assert any("10/" in note and "left out" in note for note in reading.notes)


def test_joined_folders_of_one_archive_are_told_apart(digits: Digits) -> None:
    parts = ["train", "valid", "test"]
    reading = read(packed(digits, lambda i, label: f"{parts[i % 3]}/{label}/{i}.png"))
    assert "2 sources were joined, as training images: a.zip (train) and a.zip (validation)." in reading.notes
