"""The rows of a list of pictures, as texts: of a CSV or another text, of JSON, of Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from mnist_core.data.imports.files.file_kinds import Kind, encoding_of
from mnist_core.data.imports.files.unpacking import Item
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.picture_names import is_picture_name
from mnist_core.data.imports.formats.text_layout import SEPARATORS, cells_of, text_lines
from mnist_core.data.imports.limits import MAX_IMAGES, MAX_LINE_BYTES, MAX_LIST_BYTES
from mnist_core.errors import DatasetError

MAX_COLUMNS = 32
MAX_CELL = 300  # characters
BLANK = "\ufeff \t\r\n"
NAMES = ("file_name", "label")  # for JSON that has none: {"a.png": 7}

Cells = tuple[str, ...]


def rows_of(item: Item) -> list[Cells] | None:
    """The rows of a file in two or more columns, all of the same number; None if it cannot be a list of pictures.

    The first row of JSON and Parquet holds the names of the columns; that of a text may.

    Raises:
        DatasetError: a row of a list is not valid; names it.
    """
    match item.kind:
        case Kind.TABLE | Kind.TEXT:
            return _text_rows(item.upload)
        case Kind.JSON:
            return _json_rows(item.upload)
        case Kind.PARQUET:
            return _parquet_rows(item.upload)
        case _:
            return None


def _text_rows(upload: Upload) -> list[Cells] | None:
    encoding = encoding_of(upload.head())
    rows: list[Cells] = []
    separator = ""
    with upload.stream() as stream:
        lines = (line.strip("\ufeff\r\n") for line in text_lines(stream, encoding))
        texts = (line for line in lines if line.strip() and not line.lstrip().startswith(("#", "%")))
        for line in texts:
            separator = separator or _separator(line)
            cells = tuple(cell[:MAX_CELL] for cell in cells_of(line, separator)) if separator else ()
            if rows and len(cells) != len(rows[0]) and any(map(is_picture_name, rows[-1])):
                raise DatasetError(
                    f"Row {len(rows) + 1:,} of {upload.title} is not valid. Expected {len(rows[0])} values, as above. "
                    f"Received: {len(cells)}. Correct the row, or leave it out."
                )
            if not 2 <= len(cells) <= MAX_COLUMNS or rows and len(cells) != len(rows[0]) or len(rows) > MAX_IMAGES:
                return None
            rows.append(cells)
    return rows


def _separator(line: str) -> str:
    """The separator of the first line; empty if there is none."""
    return next((mark for mark in SEPARATORS if mark in line.strip()), "")


def _json_rows(upload: Upload) -> list[Cells] | None:
    """An object on each line, as data hubs write `metadata.jsonl`; a list of objects; or an object of names and labels.

    An object is bounded in its size before it is read.
    """
    with upload.stream() as stream:
        entries = _entries(stream, upload.title)
        return None if entries is None else _table(entries)


def _entries(stream: BinaryIO, title: str) -> list[dict[str, Any]] | None:
    encoding = encoding_of(stream.read(MAX_CELL))
    stream.seek(0)
    first = _parsed(next((line for line in text_lines(stream, encoding) if line.strip(BLANK)), ""))
    stream.seek(0)
    if isinstance(first, dict):
        entries = _lines(stream, encoding, title)
        return _by_name(first) if entries is not None and len(entries) == 1 and not _names_picture(first) else entries
    content = stream.read(MAX_LIST_BYTES + 1)
    document = _parsed(content.decode(encoding, errors="replace")) if len(content) <= MAX_LIST_BYTES else None
    if isinstance(document, list) and all(isinstance(entry, dict) for entry in document):
        return document
    return _by_name(document) if isinstance(document, dict) else None


def _lines(stream: BinaryIO, encoding: str, title: str) -> list[dict[str, Any]] | None:
    """The object on each line; None if one has none, unless it is a list of pictures, which is not valid then."""
    entries: list[dict[str, Any]] = []
    for line in text_lines(stream, encoding):
        if not line.strip(BLANK):
            continue
        entry = _parsed(line) if len(line) < MAX_LINE_BYTES else None
        if isinstance(entry, dict) and len(entries) < MAX_IMAGES:
            entries.append(entry)
        elif isinstance(entry, dict) or not entries or not _names_picture(entries[-1]):
            return None
        else:
            raise DatasetError(
                f"Row {len(entries) + 1:,} of {title} is not valid. Expected a JSON object with the name and the label "
                "of a picture, as above. Correct the row, or leave it out."
            )
    return entries


def _names_picture(entry: dict[str, Any]) -> bool:
    return any(isinstance(value, str) and is_picture_name(value) for value in entry.values())


def _parsed(text: str) -> Any:
    """The value that a text is in JSON; None if it is none."""
    try:
        return json.loads(text.strip("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _by_name(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The entries of `{"a.png": 7, "b.png": 1}`."""
    if any(isinstance(value, dict | list) for value in document.values()):
        return None
    return [dict(zip(NAMES, item, strict=True)) for item in document.items()]


def _parquet_rows(upload: Upload) -> list[Cells] | None:
    from mnist_core.data.imports.formats.parquet import open_parquet  # pyarrow takes a while to import

    file = open_parquet(upload)
    names = [str(field.name) for field in file.fields]
    if file.picture_column is not None or not 2 <= len(names) <= MAX_COLUMNS:
        return None
    return _table(entry for batch in file.batches(names) for entry in batch.to_pylist())


def _table(entries: Iterable[dict[str, Any]]) -> list[Cells] | None:
    """Entries as rows below the names of their columns."""
    rows = [{str(name): _cell(value) for name, value in entry.items()} for entry in entries]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if not rows or not 2 <= len(columns) <= MAX_COLUMNS:
        return None
    return [tuple(columns), *(tuple(row.get(name, "") for name in columns) for row in rows)]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)[:MAX_CELL]
