from __future__ import annotations

import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mnist_core.errors import ConfigError
from mnist_core.evaluation.export import selection_csv, selection_frame, selection_sheet, selection_zip

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
