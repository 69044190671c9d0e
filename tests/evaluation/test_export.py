from __future__ import annotations

import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import DecisionKind
from mnist_core.data.label_overlay.store import decide, read_overlay
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError
from mnist_core.evaluation.export import (
    decisions_frame,
    images_frame,
    selection_csv,
    selection_frame,
    selection_sheet,
    selection_zip,
)

POSITIONS = np.array([3, 1])
IMAGES = np.arange(2 * 28 * 28, dtype=np.uint32).reshape(2, 28, 28).astype(np.uint8)


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_table_holds_the_selection_in_its_order(four):
    measures = pd.DataFrame({"ink": [1.5, 2.5, 3.5, 4.5]}, index=[9, 8, 7, 6])
    rows = read(selection_csv(selection_frame(four, POSITIONS, measures=measures)))
    assert [row["index"] for row in rows] == ["13", "11"]
    assert [(row["label"], row["predicted"], row["is_correct"]) for row in rows] == [
        ("7", "1", "False"),
        ("1", "2", "False"),
    ]
    assert [float(row["confidence"]) for row in rows] == pytest.approx([0.55, 0.6])
    assert [float(row["probability_2"]) for row in rows] == pytest.approx([0, 0.6])
    assert [float(row["loss"]) for row in rows] == pytest.approx(
        [-np.log(np.finfo(np.float32).tiny), -np.log(0.4)], rel=1e-4
    )
    assert [float(row["ink"]) for row in rows] == [4.5, 2.5]


def test_text_that_a_spreadsheet_would_run_is_escaped_and_numbers_are_not(four):
    measures = pd.DataFrame(
        {"note": ["=1+1", "+a", "-b", "@c"], "slant": [-1.5, 2, -3, 4], "=evil": ["ok", "\tx", None, "a,b"]}
    )
    rows = read(selection_csv(selection_frame(four, np.arange(4), measures=measures)))
    assert [row["note"] for row in rows] == ["'=1+1", "'+a", "'-b", "'@c"]
    assert [float(row["slant"]) for row in rows] == [-1.5, 2, -3, 4]
    assert [row["'=evil"] for row in rows] == ["ok", "'\tx", "", "a,b"]


def test_escaping_leaves_the_frame_as_it_was(four):
    frame = selection_frame(four, POSITIONS, measures=pd.DataFrame({"note": ["=1"] * 4}))
    selection_csv(frame)
    assert frame["note"].tolist() == ["=1", "=1"]


def test_the_sheet_shows_the_images_in_their_order():
    sheet = np.asarray(Image.open(io.BytesIO(selection_sheet(IMAGES))))
    np.testing.assert_array_equal(sheet[:28, :28], IMAGES[0])
    np.testing.assert_array_equal(sheet[:28, 30:58], IMAGES[1])


def test_the_zip_holds_table_sheet_and_every_image(four):
    content = selection_zip(selection_frame(four, POSITIONS), IMAGES)
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = ["images/00013_true7_predicted1.png", "images/00011_true1_predicted2.png"]
    assert archive.namelist() == ["selection.csv", "sheet.png", *names]
    for image, name in zip(IMAGES, names, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(archive.open(name))), image)
    assert len(read(archive.read("selection.csv"))) == 2


def test_the_same_selection_gives_the_same_zip(four):
    frame = selection_frame(four, POSITIONS)
    assert selection_zip(frame, IMAGES) == selection_zip(frame, IMAGES)


def test_nothing_selected_is_an_empty_table(four):
    frame = selection_frame(four, np.zeros(0, dtype=np.int64))
    assert read(selection_csv(frame)) == []
    assert zipfile.ZipFile(io.BytesIO(selection_zip(frame, IMAGES[:0]))).namelist() == ["selection.csv", "sheet.png"]


def test_what_does_not_fit_is_refused(four):
    with pytest.raises(ConfigError, match="2 images"):
        selection_zip(selection_frame(four, POSITIONS), IMAGES[:1])
    with pytest.raises(ConfigError, match="4 rows"):
        selection_frame(four, POSITIONS, measures=pd.DataFrame({"ink": [1.0]}))


# Without predictions -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample():
    return load_dataset("mnist-sample")


MIXED = [
    ImageRef(split=SplitName.TEST, row=5),
    ImageRef(split=SplitName.TRAIN, row=5),
    ImageRef(split=SplitName.TEST, row=5),
]


def stacked(dataset, images):
    return np.stack([dataset.split(image.split).images[image.row] for image in images])


def test_images_without_predictions_say_where_they_are_from(sample):
    rows = read(selection_csv(images_frame(sample, MIXED, more={"distance": [1.5, 1.5, 2.5]})))
    assert [(row["split"], row["index"], row["distance"]) for row in rows] == [
        ("test", "5", "1.5"),
        ("train", "5", "1.5"),
        ("test", "5", "2.5"),
    ]
    test, train = (str(split.labels[5]) for split in (sample.test, sample.train))
    assert [row["label"] for row in rows] == [test, train, test]
    assert {(row["dataset"], row["sha256"]) for row in rows} == {(sample.name, sample.sha256)}


def test_an_image_in_several_rows_is_stored_once_and_both_splits_have_their_own(sample):
    content = selection_zip(images_frame(sample, MIXED), stacked(sample, MIXED))
    archive = zipfile.ZipFile(io.BytesIO(content))
    test, train = (split.labels[5] for split in (sample.test, sample.train))
    names = [f"images/test-00005_true{test}.png", f"images/train-00005_true{train}.png"]
    assert archive.namelist() == ["selection.csv", "sheet.png", *names]
    for name, split in zip(names, (sample.test, sample.train), strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(archive.open(name))), split.images[5])


def test_a_predicted_label_is_in_the_name_where_there_is_one(sample):
    images = MIXED[:2]
    frame = images_frame(sample, images, more={"predicted": pd.array([3, None], "Int64")})
    names = zipfile.ZipFile(io.BytesIO(selection_zip(frame, stacked(sample, images)))).namelist()[2:]
    assert [name.endswith("_predicted3.png") for name in names] == [True, False]
    assert [row["predicted"] for row in read(selection_csv(frame))] == ["3", ""]


def test_no_images_are_an_empty_table(sample):
    assert read(selection_csv(images_frame(sample, [], more={"distance": []}))) == []


def test_formulas_in_further_columns_and_in_their_names_are_escaped(sample):
    rows = read(selection_csv(images_frame(sample, MIXED[:2], more={"=now": ["=1+1", "fine"]})))
    assert [row["'=now"] for row in rows] == ["'=1+1", "fine"]


def test_columns_of_another_length_are_refused(sample):
    with pytest.raises(ConfigError, match="3 values"):
        images_frame(sample, MIXED, more={"distance": [1.0]})


def test_a_sheet_of_very_many_images_is_as_wide_as_high():
    sheet = Image.open(io.BytesIO(selection_sheet(np.zeros((40 * 40, 28, 28), np.uint8))))
    assert sheet.size == (40 * 30, 40 * 30)


def test_the_table_of_decisions_names_every_label(tmp_path) -> None:
    sample = load_dataset("mnist-sample")
    label = int(sample.test.labels[3])
    for split, row, kind, new in (
        (SplitName.TEST, 3, DecisionKind.RELABEL, (label + 1) % 10),
        (SplitName.TRAIN, 8, DecisionKind.AMBIGUOUS, None),
        (SplitName.TEST, 4, DecisionKind.KEEP, None),
        (SplitName.TEST, 5_000, DecisionKind.KEEP, None),  # no such row: the file was edited
    ):
        decide(tmp_path, sample.sha256, ImageRef(split=split, row=row), kind, new)
    table = selection_csv(decisions_frame(sample, read_overlay(tmp_path, sample.sha256))).decode()
    found = [list(row.values())[:5] for row in csv.DictReader(io.StringIO(table))]
    assert found == [
        ["test", "3", f"{label}", "relabel", f"{(label + 1) % 10}"],
        ["train", "8", f"{sample.train.labels[8]}", "ambiguous", ""],
        ["test", "4", f"{sample.test.labels[4]}", "keep", f"{sample.test.labels[4]}"],
    ]
