"""Lists that name the labels of pictures, as competitions and data hubs give them: used, and never silently wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.imports.drafts import LabelColumnError
from mnist_core.data.imports.files.folders import uploads_from
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import read_files
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import Digits, csv_bytes, picture_bytes, tar_bytes, write_all, zip_bytes
from tests.thorough import one_in

WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
Rows = Sequence[Sequence[object]]


def pictures(digits: Digits, pattern: str = "images/img_{i:04}.png") -> dict[str, bytes]:
    return {pattern.format(i=i): picture_bytes(image) for i, image in enumerate(digits.images)}


def rows(digits: Digits, pattern: str = "img_{i:04}.png") -> list[list[object]]:
    return [[pattern.format(i=i), label] for i, label in enumerate(digits.labels.tolist())]


def listing(digits: Digits, pattern: str = "img_{i:04}.png", header: Sequence[str] = ("filename", "label")) -> bytes:
    return csv_bytes(rows(digits, pattern), header)


def shuffled(table: Rows) -> Rows:
    return [table[i] for i in np.random.default_rng(3).permutation(len(table))]


LISTS: dict[str, Callable[[Digits], bytes]] = {
    "names": listing,
    "paths": lambda d: listing(d, "images/img_{i:04}.png"),
    "paths from elsewhere": lambda d: listing(d, "C:\\data\\png\\img_{i:04}.png"),
    "addresses": lambda d: listing(d, "https://example.org/png/img_{i:04}.png"),
    "without suffix": lambda d: listing(d, "img_{i:04}", ("id", "label")),
    "no header": lambda d: csv_bytes(rows(d)),
    "semicolons": lambda d: csv_bytes(rows(d), ("Datei", "Klasse"), separator=";"),
    "tabs and a mark": lambda d: b"\xef\xbb\xbf" + csv_bytes(rows(d), ("file", "digit"), separator="\t"),
    "blanks": lambda d: csv_bytes(rows(d, "images/img_{i:04}.png"), separator=" "),
    "UTF-16": lambda d: csv_bytes(rows(d), ("file", "digit"), encoding="utf-16"),
    "in any order": lambda d: csv_bytes(shuffled(rows(d)), ("filename", "label")),
    "label first": lambda d: csv_bytes([row[::-1] for row in rows(d)], ("label", "image")),
    "quoted": lambda d: csv_bytes([[f'"{name}"', f'"{label}"'] for name, label in rows(d)], ('"a"', '"class"')),
    "words": lambda d: csv_bytes([[name, WORDS[int(label)].title()] for name, label in rows(d)], ("file", "label")),
    "named digits": lambda d: csv_bytes([[name, f"digit_{label}"] for name, label in rows(d)], ("file", "label")),
    "floats": lambda d: csv_bytes([[name, f"{label}.0"] for name, label in rows(d)], ("file", "label")),
    "an index and a writer": lambda d: csv_bytes(
        [[i, *row, f"w{i % 7}"] for i, row in enumerate(rows(d))], ("", "file", "label", "writer")
    ),
    "boxes": lambda d: csv_bytes([[*row, 28, 28] for row in rows(d)], ("file", "class", "width", "height")),
    "one-hot": lambda d: csv_bytes(
        [[name, *np.eye(10, dtype=int)[label]] for name, label in rows(d)], ("id", *map(str, range(10)))
    ),
    "a row twice": lambda d: csv_bytes([*rows(d), rows(d)[5]], ("file", "label")),
}


@pytest.mark.parametrize("name", one_in(3, LISTS))
def test_a_list_in_any_form_labels_the_pictures_it_names(name: str, imported: Import, digits: Digits) -> None:
    members = {**pictures(digits), "labels.csv": LISTS[name](digits)}
    dataset, made = imported({"digits.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)
    assert any("labels of 300 pictures were read from labels.csv" in note for note in made.notes)
    assert not any("left out: img" in note or "no picture" in note for note in made.notes)


def test_a_list_is_used_in_a_folder_a_tar_and_beside_files_and_archives(
    imported: Import, digits: Digits, tmp_path: Path
) -> None:
    images, table = pictures(digits), listing(digits)
    write_all(tmp_path / "mine", {**images, "labels.csv": table})
    reading = read_files(uploads_from([tmp_path / "mine"]))
    assert np.array_equal(reading.images, digits.images)
    assert np.array_equal(reading.labels, digits.labels)
    for number, files in enumerate(
        (
            {"d.tar.gz": tar_bytes({**images, "labels.csv": table})},
            {"d.zip": zip_bytes(images), "labels.csv": table},
            {name.rpartition("/")[2]: data for name, data in images.items()} | {"labels.csv": table},
        )
    ):
        dataset, _ = imported(files, f"way-{number}")
        assert_same_digits(dataset, digits)


def test_pictures_numbered_without_a_word_are_found_by_their_number(imported: Import, digits: Digits) -> None:
    table = csv_bytes([[i, label] for i, label in enumerate(digits.labels.tolist())], ("id", "label"))
    dataset, _ = imported({"d.zip": zip_bytes({**pictures(digits, "train/{i}.png"), "train.csv": table})})
    assert_same_digits(dataset, digits)
    ten = digits[:10]
    table = csv_bytes([[label, i] for i, label in enumerate(ten.labels.tolist())], ("label", "id"))
    dataset, _ = imported({"d.zip": zip_bytes({**pictures(ten, "{i}.png"), "l.csv": table})}, "ten")
    assert_same_digits(dataset, ten)


def test_what_has_no_counterpart_is_counted_and_named(imported: Import, digits: Digits) -> None:
    table = csv_bytes([*rows(digits)[:290], ["gone_1.png", 3], ["gone_2.png", 4]], ("file", "label"))
    dataset, made = imported({"d.zip": zip_bytes({**pictures(digits), "labels.csv": table})})
    assert_same_digits(dataset, digits[:290])
    notes = " ".join(made.notes)
    assert "10 pictures have no row in labels.csv in d.zip and were left out: images/img_0290.png, " in notes
    assert "2 rows of labels.csv in d.zip name no picture that is here, such as gone_1.png." in notes


def test_rows_that_contradict_each_other_cost_their_picture_and_are_said(imported: Import, digits: Digits) -> None:
    other = (int(digits.labels[7]) + 1) % 10
    table = csv_bytes([*rows(digits), ["img_0007.png", other], ["images/img_0009.png", digits.labels[9]]])
    dataset, made = imported({"d.zip": zip_bytes({**pictures(digits), "labels.csv": table})})
    kept = np.arange(len(digits)) != 7
    assert_same_digits(dataset, Digits(images=digits.images[kept], labels=digits.labels[kept]))
    words = f"images/img_0007.png (rows that contradict each other: {digits.labels[7]} and {other})"
    assert any("1 of 300 pictures was left out" in note and words in note for note in made.notes)


def test_many_contradictions_are_refused(imported: Import, digits: Digits) -> None:
    table = csv_bytes([*rows(digits), *((name, (int(label) + 1) % 10) for name, label in rows(digits)[:80])])
    with pytest.raises(DatasetError, match=r"80 of 300 pictures .*rows that contradict each other"):
        imported({"d.zip": zip_bytes({**pictures(digits), "labels.csv": table})})


def test_a_row_without_a_label_leaves_its_picture_out(imported: Import, digits: Digits) -> None:
    table = rows(digits)
    table[4][1] = ""
    dataset, made = imported({"d.zip": zip_bytes({**pictures(digits), "labels.csv": csv_bytes(table, ("f", "label"))})})
    assert len(dataset.train) + len(dataset.test) == 299
    assert any("images/img_0004.png (no label in labels.csv in d.zip)" in note for note in made.notes)


@pytest.mark.parametrize("path", ["{part}/{i}.png", "{i}.png"])
def test_the_same_names_in_train_and_test_are_told_apart(
    path: str, imported: Import, digits: Digits, more_digits: Digits
) -> None:
    """By their folders in the list, or by the name of the list or the folder that it lies in."""
    parts = {"train": digits, "test": more_digits}
    members: dict[str, bytes] = {}
    for part, some in parts.items():
        members |= pictures(some, part + "/{i}.png")
        members[f"{part}.csv"] = listing(some, path.replace("{part}", part))
    dataset, _ = imported({"d.zip": zip_bytes(members)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)
    lists = {f"{part}/labels.csv": listing(some, "{i}.png") for part, some in parts.items()}
    members = {name: data for name, data in members.items() if name.endswith("png")} | lists
    dataset, _ = imported({"d.zip": zip_bytes(members)}, "within")
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


def test_a_column_of_parts_makes_the_splits(imported: Import, digits: Digits) -> None:
    table = [[*row, "train" if i < 200 else "test"] for i, row in enumerate(rows(digits))]
    members = {**pictures(digits), "m.csv": csv_bytes(table, ("file_name", "label", "split"))}
    dataset, _ = imported({"d.zip": zip_bytes(members)})
    assert_equal(dataset.train, digits[:200])
    assert_equal(dataset.test, digits[200:])


def test_a_name_that_several_pictures_have_is_refused(imported: Import, digits: Digits) -> None:
    members = pictures(digits[:20], "anne/{i}.png") | pictures(digits[20:40], "ben/{i}.png")
    with pytest.raises(DatasetError, match=r"^0.png in labels.csv in d.zip is the name of several pictures"):
        imported({"d.zip": zip_bytes({**members, "labels.csv": listing(digits[:20], "{i}.png")})})


def test_a_list_of_the_test_split_does_not_label_the_training_pictures(imported: Import, digits: Digits) -> None:
    members = {**pictures(digits, "train/{i}.png"), "labels.csv": listing(digits, "test/{i}.png")}
    with pytest.raises(DatasetError, match=r"no label, such as train/0.png.*labels.csv in d.zip names no picture"):
        imported({"d.zip": zip_bytes(members)})


def test_a_competition_with_unlabelled_test_pictures_keeps_the_labelled_ones(
    imported: Import, digits: Digits, more_digits: Digits
) -> None:
    """The answers of its sample of a submission are all 0."""
    members = {
        **pictures(digits, "train/{i}.png"),
        **pictures(more_digits, "test/{i}.png"),
        "train.csv": listing(digits, "{i}.png"),
        "test.csv": csv_bytes([[f"{i}.png"] for i in range(len(more_digits))], ["filename"]),
        "sample_submission.csv": csv_bytes([[f"{i}.png", 0] for i in range(len(more_digits))], ["filename", "label"]),
    }
    dataset, made = imported({"d.zip": zip_bytes(members)})
    assert_same_digits(dataset, digits)
    notes = " ".join(made.notes)
    assert "sample_submission.csv in d.zip gives every picture the label 0, and was not used." in notes
    assert "80 pictures have no row in train.csv in d.zip and were left out" in notes
    assert "test.csv" in notes


def test_a_list_and_folders_that_agree_are_both_right(imported: Import, digits: Digits) -> None:
    images = {f"{d}/{i}.png": picture_bytes(digits.images[i]) for i, d in enumerate(digits.labels.tolist())}
    half = csv_bytes([[f"{d}/{i}.png", d] for i, d in enumerate(digits.labels.tolist())][:150], ("file", "label"))
    dataset, made = imported({"d.zip": zip_bytes({**images, "labels.csv": half})})
    assert_same_digits(dataset, digits)
    assert any("labels of 150 pictures were read from labels.csv" in note for note in made.notes)


def test_a_picture_whose_folder_and_row_differ_is_left_out_and_many_are_refused(
    imported: Import, digits: Digits
) -> None:
    labels = digits.labels.tolist()
    images = {f"{d}/{i}.png": picture_bytes(digits.images[i]) for i, d in enumerate(labels)}
    table = [[f"{d}/{i}.png", (d + 1) % 10 if i == 3 else d] for i, d in enumerate(labels)]
    _, made = imported({"d.zip": zip_bytes({**images, "labels.csv": csv_bytes(table, ("file", "label"))})})
    words = f"(in the folder of a {labels[3]}, but {(labels[3] + 1) % 10} in labels.csv in d.zip)"
    assert any("1 of 300 pictures was left out" in note and words in note for note in made.notes)
    table = [[f"{d}/{i}.png", (d + 1) % 10] for i, d in enumerate(labels)]
    with pytest.raises(DatasetError, match=r"contradict each other for 300 of 300 pictures.*Leave the list out"):
        imported({"d.zip": zip_bytes({**images, "labels.csv": csv_bytes(table, ("file", "label"))})}, "other")


def test_two_columns_that_could_be_the_label_are_asked_for(imported: Import, digits: Digits) -> None:
    table = [[*row, (int(str(row[1])) * 3 + 1) % 10] for row in rows(digits)]
    files = {"d.zip": zip_bytes({**pictures(digits), "l.csv": csv_bytes(table, ("file", "label", "class"))})}
    with pytest.raises(LabelColumnError, match=r"label \(column 2\) and class \(column 3\)"):
        imported(files)
    dataset, _ = imported(files, label_column=1)
    assert_same_digits(dataset, digits)
    with pytest.raises(DatasetError, match=r"Column 1 of l.csv in d.zip holds no labels"):
        imported(files, label_column=0)


REFUSED = {
    "other words": (lambda i: ["Bag", "Coat"][i % 2], r"column label in l.csv in d.zip are words: 'Bag' and 'Coat'"),
    "other numbers": (lambda i: i % 26, r"is not a digit. Expected 0 to 9. Received: 10.0"),
}


@pytest.mark.parametrize("name", one_in(2, REFUSED))
def test_labels_that_are_no_digits_are_refused(name: str, imported: Import, digits: Digits) -> None:
    make, sentence = REFUSED[name]
    table = csv_bytes([[row[0], make(i)] for i, row in enumerate(rows(digits))], ("file", "label"))
    with pytest.raises(DatasetError, match=sentence):
        imported({"d.zip": zip_bytes({**pictures(digits), "l.csv": table})})


def test_a_list_that_counts_from_1_where_the_pictures_count_from_0_is_refused(imported: Import, digits: Digits) -> None:
    """Almost every picture would get the label of the one before."""
    for pattern, suffix in (("{i}.png", ""), ("train/{i}.png", ".png"), ("train/{i:05}.png", ".png")):
        table = csv_bytes([[f"{i + 1}{suffix}", label] for i, label in enumerate(digits.labels.tolist())])
        with pytest.raises(DatasetError, match=r"counts the pictures from 1 to 300, but they are called 0 to 299"):
            imported({"d.zip": zip_bytes({**pictures(digits, pattern), "l.csv": table})})


@pytest.mark.parametrize("row", [b"a.png,1,2,3\n", b"img_1.png\n"])
def test_a_faulty_row_of_a_list_is_named(row: bytes, imported: Import, digits: Digits) -> None:
    with pytest.raises(DatasetError, match=r"Row 302 of l.csv in d.zip is not valid. Expected 2 values, as above"):
        imported({"d.zip": zip_bytes({**pictures(digits), "l.csv": listing(digits) + row})})


def test_other_files_beside_pictures_without_labels_are_named(imported: Import, digits: Digits) -> None:
    members = {**pictures(digits), "boxes.json": b'{"images": [{"id": 1}], "labels": [{"id": 3}]}'}
    with pytest.raises(DatasetError, match=r"no label, such as.*boxes.json \(a JSON file\)"):
        imported({"d.zip": zip_bytes(members)})


def test_pictures_of_one_name_in_folders_of_their_own_are_found_by_their_paths(digits: Digits) -> None:
    image = picture_bytes(digits.images[0])
    members = {f"x{i}/a.png": image for i in range(1000)}
    members["l.csv"] = csv_bytes([[f"x{i}/a.png", i % 10] for i in range(1000)])
    reading = read_files([Upload(name="d.zip", data=zip_bytes(members))])
    assert reading.labels.tolist() == [i % 10 for i in range(1000)]
