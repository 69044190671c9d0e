"""ARFF tables, as OpenML serves MNIST: a list of attributes, then rows like those of a CSV file."""

from __future__ import annotations

import re

from mnist_core.data.imports.files.file_kinds import encoding_of
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.text_layout import Layout, is_number, text_lines
from mnist_core.data.imports.formats.text_table import read_rows
from mnist_core.data.imports.limits import MAX_COLUMNS
from mnist_core.data.imports.recognising.labels import label_of
from mnist_core.data.imports.recognising.table import Table
from mnist_core.errors import DatasetError

ATTRIBUTE = re.compile(r"@attribute\s+('(?:[^'\\]|\\.)*'|\"[^\"]*\"|\S+)\s+(.+)$", re.IGNORECASE)
NUMBERS = re.compile(r"(numeric|real|integer)\b", re.IGNORECASE)


def read_arff(upload: Upload) -> Table:
    """The attributes of numbers, and nominal ones whose values are numbers, of a dense ARFF table.

    Raises:
        DatasetError: the header is cut off, the rows are sparse, or a row is not valid.
    """
    encoding = encoding_of(upload.head())
    attributes: list[tuple[str, tuple[str, ...]]] = []
    with upload.stream() as stream:
        for number, line in enumerate(text_lines(stream, encoding)):
            text = line.strip()
            if match := ATTRIBUTE.match(text):
                attributes.append((match[1].strip("'\""), _texts(match[2])))
            if len(attributes) > MAX_COLUMNS:
                raise DatasetError(f"{upload.title} has too many attributes. Expected at most {MAX_COLUMNS:,}.")
            if text.lower().startswith("@data"):
                return _read_data(upload, attributes, encoding, n_before=number + 1)
    raise DatasetError(f"{upload.title} is cut off: there is no line @data. Download it again.")


def _read_data(upload: Upload, attributes: list[tuple[str, tuple[str, ...]]], encoding: str, *, n_before: int) -> Table:
    with upload.stream() as stream:
        lines = (line.strip() for line in text_lines(stream, encoding))
        first = next((line for number, line in enumerate(lines) if number >= n_before and line and line[0] != "%"), "")
    if first.startswith("{"):
        raise DatasetError(
            f"{upload.title} is a sparse ARFF table. Expected rows with all values. Load it in Python with "
            "scikit-learn's fetch_openml or with arff, and save it as npz or CSV."
        )
    if not first:
        raise DatasetError(f"{upload.title} has no rows below @data. Expected one row for each image.")
    texts = {place: kinds for place, (_, kinds) in enumerate(attributes) if kinds}
    words = {place: kinds for place, kinds in texts.items() if None not in map(label_of, kinds)}
    layout = Layout(
        encoding=encoding,
        separator=",",
        decimal=".",
        skipped_lines=n_before,
        n_columns=len(attributes),
        names=tuple(name for name, _ in attributes),
        text_columns={place: kinds for place, kinds in texts.items() if place not in words},
        word_columns=words,
        quote="'",
        comment="%",
    )
    return read_rows(upload, layout)


def _texts(kind: str) -> tuple[str, ...]:
    """The texts that an attribute may have, or its kind if that is not told; nothing if it holds numbers."""
    if not kind.startswith("{"):
        return () if NUMBERS.match(kind) else (kind,)
    values = tuple(value.strip().strip("'\"") for value in kind.strip("{} ").split(","))
    return () if all(is_number(value) for value in values) else values
