"""Tables with all pixels of an image in one cell, as the faces of FER-2013 come."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_read, read
from tests.data.imports.making import WORDS, Digits


def blanks(digits: Digits) -> list[str]:
    return [" ".join(map(str, row)) for row in digits.images.reshape(len(digits), -1)]


def lists(values: np.ndarray) -> list[str]:
    return [json.dumps(row.tolist()) for row in values]


def csv(columns: dict[str, object], **options: object) -> bytes:
    return pd.DataFrame(columns).to_csv(**{"index": False, **options}).encode()


TABLES = {
    "FER": lambda d: csv({"emotion": d.labels, "pixels": blanks(d), "Usage": ["Training", "PublicTest"] * 150}),
    "without a header": lambda d: csv({"label": d.labels, "pixels": blanks(d)}, header=False),
    "tabs": lambda d: csv({"pixels": blanks(d), "digit": d.labels}, sep="\t"),
    "an index": lambda d: csv({"label": d.labels, "pixels": blanks(d)}, index=True),
    "UTF-16": lambda d: csv({"label": d.labels, "pixels": blanks(d)}).decode().encode("utf-16"),
    "lists": lambda d: csv({"image": lists(d.images.reshape(len(d), -1)), "label": d.labels}),
    "lists of lists": lambda d: csv({"image": lists(d.images), "label": d.labels}),
    "lists of fractions": lambda d: csv({"label": d.labels, "image": lists(d.images / 255)}),
    "words": lambda d: csv({"image": lists(d.images), "label": [WORDS[label] for label in d.labels]}),
}


@pytest.mark.parametrize("name", TABLES)
def test_pixels_in_one_cell_are_read_and_said(name: str, digits: Digits) -> None:
    reading = assert_read({"a.csv": TABLES[name](digits)}, digits)
    assert any("784 pixels of each image were read from the cells of" in note for note in reading.notes)
    assert (reading.is_test is not None) == (name == "FER")


def with_row(digits: Digits, change: Callable[[str], str]) -> bytes:
    cells = blanks(digits)
    cells[100] = change(cells[100])
    return csv({"label": digits.labels, "pixels": cells})


REFUSED = {
    "no square": (
        lambda d: csv({"label": d.labels, "pixels": [cell.rpartition(" ")[0] for cell in blanks(d)]}),
        "stand in the cells of column 2, but are not those of a square.*Received: 783 numbers",
    ),
    "a number too few": (
        lambda d: with_row(d, lambda cell: cell.rpartition(" ")[0]),
        "Line 102 of a.csv is not valid. Expected 784 numbers in the cell of pixels. Received: 783",
    ),
    "a word": (lambda d: with_row(d, lambda cell: cell[:-1] + "x"), "Line 102 of a.csv is not valid"),
    "no number": (lambda d: with_row(d, lambda cell: "nan" + cell[1:]), "Line 102 of a.csv is not valid"),
    "nothing": (lambda d: with_row(d, lambda _: ""), "Line 102 of a.csv is not valid"),
    "shortened by numpy": (
        lambda d: csv({"label": d.labels, "image": [str(np.resize(image, 2000)) for image in d.images]}),
        r"only the first and the last of them, with \.\.\. between.*numpy.savez",
    ),
    "over several lines": (
        lambda d: csv({"label": d.labels, "image": list(d.images)}),
        "cells of several lines, as numpy prints an array.*numpy.savez",
    ),
    "without labels": (lambda d: csv({"id": range(300), "pixels": blanks(d)}), "labels are missing"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_cells_that_hold_no_image_are_called_so(name: str, digits: Digits) -> None:
    make, sentence = REFUSED[name]
    with pytest.raises(DatasetError, match=sentence) as error:
        read({"a.csv": make(digits)})
    assert "columns" not in str(error.value)
