"""Tables in text form: CSV and its relatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.pixel_cells import numbers_in
from mnist_core.data.imports.formats.text_layout import EMPTY, Layout, layout_of, text_lines
from mnist_core.data.imports.limits import MAX_LINE_BYTES
from mnist_core.data.imports.recognising.image_arrays import check_count
from mnist_core.data.imports.recognising.labels import label_of
from mnist_core.data.imports.recognising.row_keys import KeySearch
from mnist_core.data.imports.recognising.split_columns import SplitSearch, is_flag
from mnist_core.data.imports.recognising.table import Table, TableBuilder, dropped_note
from mnist_core.errors import DatasetError, shown
from mnist_core.words import counted, word_for

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
    rows = _Rows(upload, layout)
    try:
        for chunk in _chunks(upload, layout, rows.keys.places):
            rows.add(chunk)
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"{upload.title} has no rows below its header. Expected one row for each image.") from error
    except (ValueError, OverflowError) as error:  # pandas' parser errors are ValueErrors
        raise DatasetError(_fault(upload, layout)) from error
    return rows.table()


class _Rows:
    """Collects the rows of a table, some at a time."""

    def __init__(self, upload: Upload, layout: Layout) -> None:
        self._upload, self._layout, self._pixels = upload, layout, layout.pixels
        no_numbers = {*layout.text_columns, *([layout.pixels.place] if layout.pixels else [])}
        self._places = [place for place in range(layout.n_columns) if place not in no_numbers]
        if not self._places and not layout.pixels:
            raise DatasetError(
                f"{upload.title} has no columns of numbers. Expected a label and the pixels of an image."
            )
        names = layout.names or ("",) * layout.n_columns
        self.keys = KeySearch(
            {place: names[place] for place in layout.text_columns}, {place: names[place] for place in self._places}
        )
        self._builder, self._splits = TableBuilder(upload.title), _split_search(layout)
        self._n = self._n_empty = 0

    def add(self, chunk: pd.DataFrame) -> None:
        """Add some rows.

        Raises:
            ValueError: a cell is not valid.
            DatasetError: there are too many rows.
        """
        rows = _without_empty(chunk)
        self._n_empty += len(chunk) - len(rows)
        self._n += len(rows)
        check_count(self._n, self._upload.title)
        for place in self._layout.word_columns:
            rows[place] = labels_of_words(rows[place])
        self._splits.add({place: rows[place] for place in self._splits.places})
        self.keys.add({place: rows[place] for place in self.keys.places})
        numbers = rows[self._places].to_numpy(np.float32)
        if self._pixels:
            numbers = np.hstack([numbers, self._pixels.rows(rows[self._pixels.place].tolist())])
        self._builder.add(numbers)

    def table(self) -> Table:
        """All rows.

        Raises:
            DatasetError: there are gaps among the numbers; names the line.
        """
        layout, upload = self._layout, self._upload
        values, odd = self._builder.finish()
        split_place, parts = self._splits.found or (None, ())
        if any(np.isnan(column).any() and not np.isnan(column).all() for column in odd.values()) or (
            values.dtype.kind == "f" and _has_gaps(values)
        ):
            raise DatasetError(_fault(upload, layout))
        texts = tuple(
            (_name(layout, place), examples) for place, examples in layout.text_columns.items() if place != split_place
        )
        n_pixels = self._pixels.n if self._pixels else 0
        return Table(
            file=upload,
            values=values,
            odd=odd,
            indices=(*self._places, *range(layout.n_columns, layout.n_columns + n_pixels)),
            names=_column_names(layout, self._places),
            notes=_notes(layout, [name for name, _ in texts], self._n_empty),
            texts=texts,
            words=layout.word_columns,
            parts=parts,
            parts_column="" if split_place is None else _name(layout, split_place),
            keys=self.keys.found,
        ).without(split_place)


def _column_names(layout: Layout, places: Sequence[int]) -> tuple[str, ...]:
    """The names of the columns of numbers; those of pixels in one cell are numbered."""
    names = tuple(layout.names[place] if layout.names else "" for place in places)
    if layout.pixels is None:
        return names if layout.names else ()
    column = _name(layout, layout.pixels.place)
    return (*names, *(f"{column}[{number}]" for number in range(layout.pixels.n)))


def _notes(layout: Layout, texts: list[str], n_empty: int) -> tuple[str, ...]:
    """Sentences on the header, on columns of text, and on rows without any value."""
    dropped = (dropped_note(texts, "text"),) if texts else ()
    verb = word_for(n_empty, "was", "were")
    empty = (f"{counted(n_empty, 'row')} without any value {verb} left out.",) if n_empty else ()
    if layout.pixels is None:
        return (*layout.notes, *dropped, *empty)
    column = _name(layout, layout.pixels.place)
    pixels = f"The {layout.pixels.n:,} pixels of each image were read from the cells of {column}."
    return (*layout.notes, pixels, *dropped, *empty)


def _split_search(layout: Layout) -> SplitSearch:
    """For the splits: columns of text may tell them, and numbers in one such as `is_test`."""
    flags = [place for place, name in enumerate(layout.names) if is_flag(name)]
    places = dict.fromkeys([*layout.text_columns, *flags])
    return SplitSearch({place: layout.names[place] if layout.names else "" for place in places})


def _chunks(upload: Upload, layout: Layout, keys: Sequence[int]) -> Iterator[pd.DataFrame]:
    """Some rows at a time; of numbers, those of keys in eight bytes."""
    kinds: Any = np.float32
    texts = {**layout.text_columns, **layout.word_columns}
    if layout.pixels:
        texts[layout.pixels.place] = ()
    if texts or keys:
        kinds = {place: np.float64 if place in keys else np.float32 for place in range(layout.n_columns)}
        kinds |= dict.fromkeys(texts, str)
    with upload.stream() as stream:
        yield from pd.read_csv(
            stream,
            sep=r"\s+" if layout.separator == " " else layout.separator,
            header=None,
            names=list(range(layout.n_columns)),
            skiprows=layout.skipped_lines,
            dtype=kinds,
            chunksize=max(64, CHUNK_CELLS // (layout.n_columns + (layout.pixels.n if layout.pixels else 0))),
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
            place = next((place for place, cell in enumerate(cells) if not layout.is_valid(cell, place)), None)
            if place is not None:
                what = "numbers"
                if layout.pixels and place == layout.pixels.place:
                    what = f"{layout.pixels.n:,} numbers in the cell of {_name(layout, place)}"
                return (
                    f"Line {number + 1:,} of {upload.title} is not valid. Expected {what}. Received: "
                    f"{_received(cells[place], layout, place)}. Correct the line, or leave it out."
                )
    return f"{upload.title} cannot be read as a table of numbers. Expected a label and the pixels in each row."


def _received(cell: str, layout: Layout, place: int) -> str:
    """What a cell that is not valid holds, for a message."""
    numbers = numbers_in(cell) if layout.pixels and place == layout.pixels.place else None
    return shown(cell, 40) if numbers is None else f"{len(numbers):,}"
