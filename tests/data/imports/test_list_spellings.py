"""Names in a list that differ from those of the pictures in case or suffix: matched where that leaves no doubt."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import read_files
from mnist_core.data.imports.results import Reading
from mnist_core.errors import DatasetError
from tests.data.imports.making import Digits, csv_bytes, picture_bytes, zip_bytes

# The name of a picture, that in the list, and what the note says is different; nothing if they are the same.
SPELLINGS = {
    "case": ("img_{i}.png", "IMG_{i}.PNG", "case"),
    "case of the suffix": ("img_{i}.JPG", "img_{i}.jpg", "case"),
    "case of a folder": ("Scans/{i}.png", "scans/{i}.png", ""),
    "no suffix in the list": ("{i}.png", "{i}", "suffix"),
    "no suffix of the picture": ("{i}", "{i}.png", "suffix"),
    "another suffix": ("scan-{i}.png", "scan-{i}.jpeg", "suffix"),
    "points in the name": ("a.b.{i}.png", "a.b.{i}.tif", "suffix"),
    "both": ("Scans/IMG_{i}.PNG", "img_{i}", "case and suffix"),
    "neither": ("Scans/IMG_{i}.PNG", "IMG_{i}.PNG", ""),
}


def read(digits: Digits, names: list[str], rows: list[list[object]]) -> Reading:
    members = {name: picture_bytes(image) for name, image in zip(names, digits.images, strict=True)}
    members["labels.csv"] = csv_bytes(rows, ("file", "label"))
    return read_files([Upload(name="d.zip", data=zip_bytes(members))])


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_name_in_another_spelling_is_matched_and_said(name: str, digits: Digits) -> None:
    picture, listed, different = SPELLINGS[name]
    few = digits[:60]
    rows = [[listed.format(i=f"{i:04}"), label] for i, label in enumerate(few.labels.tolist())]
    reading = read(few, [picture.format(i=f"{i:04}") for i in range(60)], rows[::-1])
    assert np.array_equal(reading.images, few.images)
    assert np.array_equal(reading.labels, few.labels)
    said = [note for note in reading.notes if "differ" in note]
    example = f"{listed.format(i='0059')} for {picture.format(i='0059')}".replace("Scans/", "").replace("scans/", "")
    assert len(said) == bool(different)
    assert all(f"60 names differ in {different} between" in note and f"such as {example}" in note for note in said)


def test_the_name_as_it_is_written_comes_first(digits: Digits) -> None:
    few = digits[:20]
    names = [f"{'ab'[i % 2]}{i // 2}.png" for i in range(20)]
    names = [name.upper() if name.startswith("b") else name.replace("a", "b") for name in names]  # b0.png and B0.PNG
    rows = [[name, label] for name, label in zip(names, few.labels.tolist(), strict=True)]
    reading = read(few, names, rows)
    assert np.array_equal(reading.labels, few.labels)
    assert not any("differ" in note for note in reading.notes)


def test_a_picture_that_is_named_is_not_that_of_a_name_like_it(digits: Digits) -> None:
    """The list speaks of a1.jpg too, which is not here; it has another label."""
    few = digits[:20]
    names = [f"a{i}.png" for i in range(20)]
    rows = [[name, label] for name, label in zip(names, few.labels.tolist(), strict=True)]
    others = [[f"A{i}.jpg", (int(label) + 1) % 10] for i, label in enumerate(few.labels.tolist())]
    reading = read(few, names, [*others[:3], *rows, *others[3:]])
    assert np.array_equal(reading.labels, few.labels)
    assert any(
        "20 rows of labels.csv in d.zip name no picture that is here, such as A0.jpg." in n for n in reading.notes
    )


@pytest.mark.parametrize("names", [("bb{i}.png", "BB{i}.png"), ("{i}.png", "{i}.jpg"), ("x/{i}.png", "X/{i}.png")])
def test_a_name_like_those_of_several_pictures_is_refused(names: tuple[str, str], digits: Digits) -> None:
    few = digits[:20]
    pictures = [name.format(i=i) for i in range(10) for name in names]
    listed = {"bb{i}.png": "Bb{i}.png", "{i}.png": "{i}.gif", "x/{i}.png": "{i}"}[names[0]]
    rows = [[listed.format(i=i), int(few.labels[i])] for i in range(10)]
    with pytest.raises(DatasetError, match=r"like that of several. Expected names as they are, with their folders"):
        read(few, pictures, rows)


def test_a_folder_in_another_case_tells_which_of_two_names_is_meant(digits: Digits) -> None:
    few = digits[:20]
    pictures = [f"{folder}/{i}.png" for i in range(10) for folder in ("left", "right")]
    rows = [[name.upper(), label] for name, label in zip(pictures, few.labels.tolist(), strict=True)]
    assert np.array_equal(read(few, pictures, rows).labels, few.labels)
