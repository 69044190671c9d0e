"""Tables in text form: CSV and its relatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mnist_core.data.imports.files.uploads import Upload, counted
from mnist_core.data.imports.formats.text_layout import EMPTY, Layout, layout_of, text_lines
from mnist_core.data.imports.limits import MAX_LINE_BYTES
from mnist_core.data.imports.recognising.image_arrays import check_count
from mnist_core.data.imports.recognising.labels import label_of
from mnist_core.data.imports.recognising.split_columns import SplitSearch, is_flag
from mnist_core.data.imports.recognising.table import Table, TableBuilder, dropped_note
from mnist_core.errors import DatasetError, shown

CHUNK_CELLS = 4_000_000


def read_text_table(upload: Upload) -> Table:
    """The columns of numbers in a table whose cells are separated by commas, semicolons, tabs, bars or blanks.

    With or without a header; UTF-8, UTF-16 or Windows' western encoding; a decimal point, or a comma if the separator
    is another one.

    Raises:
        DatasetError: a row has too few or too many cells, or text or a gap among its numbers; names the line.
    """
    return read_rows(upload, layout_of(upload))


def read_rows(upload: Upload, layout: Layout) -> Table:
    """The rows of a table of which the layout is known."""
    builder, splits = TableBuilder(upload.title), _split_search(layout)
    places = [place for place in range(layout.n_columns) if place not in layout.text_columns]
    if not places:
        raise DatasetError(f"{upload.title} has no columns of numbers. Expected a label and the pixels of an image.")
    n_rows = n_empty = 0
    try:
        for chunk in _chunks(upload, layout):
            rows = _without_empty(chunk)
            n_empty += len(chunk) - len(rows)
            n_rows += len(rows)
            check_count(n_rows, upload.title)
            for place in layout.word_columns:
                rows[place] = labels_of_words(rows[place])
            splits.add({place: rows[place] for place in splits.places})
            builder.add(rows[places].to_numpy(np.float32))
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"{upload.title} has no rows below its header. Expected one row for each image.") from error
    except (ValueError, OverflowError) as error:  # pandas' parser errors are ValueErrors
        raise DatasetError(_fault(upload, layout)) from error
    values, odd = builder.finish()
    split_place, parts = splits.found or (None, ())
    if any(np.isnan(column).any() and not np.isnan(column).all() for column in odd.values()) or (
        values.dtype.kind == "f" and _has_gaps(values)
    ):
        raise DatasetError(_fault(upload, layout))
    texts = tuple(
        (_name(layout, place), examples) for place, examples in layout.text_columns.items() if place != split_place
    )
    table = Table(
        file=upload,
        values=values,
        odd=odd,
        indices=tuple(places),
        names=tuple(layout.names[place] for place in places) if layout.names else (),
        notes=_notes(layout, [name for name, _ in texts], n_empty),
        texts=texts,
        words=layout.word_columns,
        parts=parts,
        parts_column="" if split_place is None else _name(layout, split_place),
    )
    return table.without(split_place)


def _notes(layout: Layout, texts: list[str], n_empty: int) -> tuple[str, ...]:
    """Sentences on the header, on columns of text, and on rows without any value."""
    dropped = (dropped_note(texts, "text"),) if texts else ()
    verb = "was" if n_empty == 1 else "were"
    empty = (f"{counted(n_empty, 'row')} without any value {verb} left out.",) if n_empty else ()
    return (*layout.notes, *dropped, *empty)


def _split_search(layout: Layout) -> SplitSearch:
    """For the splits: columns of text may tell them, and numbers in one such as `is_test`."""
    flags = [place for place, name in enumerate(layout.names) if is_flag(name)]
    places = dict.fromkeys([*layout.text_columns, *flags])
    return SplitSearch({place: layout.names[place] if layout.names else "" for place in places})


def _chunks(upload: Upload, layout: Layout) -> Iterator[pd.DataFrame]:
    """Some rows at a time."""
    kinds: Any = np.float32
    texts = {**layout.text_columns, **layout.word_columns}
    if texts:
        kinds = {place: str if place in texts else np.float32 for place in range(layout.n_columns)}
    with upload.stream() as stream:
        yield from pd.read_csv(
            stream,
            sep=r"\s+" if layout.separator == " " else layout.separator,
            header=None,
            names=list(range(layout.n_columns)),
            skiprows=layout.skipped_lines,
            dtype=kinds,
            chunksize=max(64, CHUNK_CELLS // layout.n_columns),
            encoding=layout.encoding,
            encoding_errors="replace",
            decimal=layout.decimal,
            keep_default_na=False,
            na_values=[""],
            quotechar=layout.quote,
            comment=layout.comment,
            skipinitialspace=True,
            engine="c",
            low_memory=False,
        )


def _without_empty(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with something in a cell: spreadsheets write others below a table."""
    is_empty = np.ones(len(rows), bool)
    for place in rows.columns:
        is_empty &= rows[place].isna().to_numpy()
        if not is_empty.any():
            return rows
    return rows[~is_empty]


def labels_of_words(column: pd.Series[str]) -> pd.Series[float]:
    """A column of words such as seven as numbers; NaN for other words."""
    known = {word: label_of(str(word)) for word in column.unique()}
    return column.map(known).astype(np.float32)


def _has_gaps(values: np.ndarray[Any, Any]) -> bool:
    missing = np.isnan(values)
    return bool((missing.any(axis=0) & ~missing.all(axis=0)).any())


def _name(layout: Layout, place: int) -> str:
    return (layout.names[place][:40] if layout.names else "") or f"column {place + 1}"


def _fault(upload: Upload, layout: Layout) -> str:
    """The error in the first line that is not a row of numbers."""
    with upload.stream() as stream:
        for number, line in enumerate(text_lines(stream, layout.encoding)):
            text = line.strip("\ufeff\r\n")
            is_remark = layout.comment is not None and text.startswith(layout.comment)
            if number < layout.skipped_lines or not text.strip(EMPTY) or is_remark:
                continue
            cells = layout.cells(text)
            if len(cells) != layout.n_columns or len(line) >= MAX_LINE_BYTES:
                return (
                    f"Line {number + 1:,} of {upload.title} is not valid. Expected {layout.n_columns:,} values. "
                    f"Received: {len(cells):,}. Correct the line, or leave it out."
                )
            wrong = _wrong_cell(cells, layout)
            if wrong is not None:
                return (
                    f"Line {number + 1:,} of {upload.title} is not valid. Expected numbers. Received: "
                    f"{shown(wrong, 40)}. Correct the line, or leave it out."
                )
    return f"{upload.title} cannot be read as a table of numbers. Expected a label and the pixels in each row."


def _wrong_cell(cells: list[str], layout: Layout) -> str | None:
    return next((cell for column, cell in enumerate(cells) if not layout.is_valid(cell, column)), None)
