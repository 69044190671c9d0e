"""The layout of a table in text form, by its first lines: encoding, separator, decimal mark, header."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from mnist_core.data.imports.files.file_kinds import encoding_of
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.pixel_cells import PixelCells, check_not_in_lines, pixel_cells
from mnist_core.data.imports.limits import MAX_COLUMNS, MAX_LINE_BYTES, MIN_SIDE
from mnist_core.data.imports.recognising.labels import label_of
from mnist_core.errors import DatasetError, shown

SEPARATORS = (";", "\t", "|", ",", " ")
EMPTY = " \t,;|"  # what a row without any value consists of
SAMPLED_LINES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """How a text is read as a table.

    Attributes:
        separator: between the cells; a blank stands for any number of them.
        decimal: "." or ",".
        skipped_lines: before the first row of numbers.
        names: from the header; empty without one.
        text_columns: columns that hold text, each with examples.
        word_columns: columns that hold words for labels, such as seven or digit_7, each with examples.
        pixels: the column whose cells hold all pixels of an image, if there is one; it is none of text.
        notes: sentences on the header.
    """

    encoding: str
    separator: str
    decimal: str
    skipped_lines: int
    n_columns: int
    names: tuple[str, ...]
    text_columns: Mapping[int, tuple[str, ...]]
    word_columns: Mapping[int, tuple[str, ...]]
    quote: str = '"'
    comment: str | None = None
    pixels: PixelCells | None = None
    notes: tuple[str, ...] = ()

    def cells(self, line: str) -> list[str]:
        """The cells of a line, without quotation marks and blanks around them."""
        return cells_of(line, self.separator, self.quote)

    def is_valid(self, cell: str, column: int) -> bool:
        """Whether a cell holds what its column holds: anything in a column of text, words for labels, or numbers."""
        if column in self.text_columns:
            return True
        if self.pixels is not None and column == self.pixels.place:
            return self.pixels.values(cell) is not None
        return label_of(cell) is not None if column in self.word_columns else is_number(cell, self.decimal)


def layout_of(upload: Upload) -> Layout:
    """The layout of a table.

    Raises:
        DatasetError: there are no rows, or no numbers in columns.
    """
    encoding = encoding_of(upload.head())
    with upload.stream() as stream:
        lines = list(_first_lines(stream, encoding, upload.title))
    if not lines:
        raise DatasetError(f"{upload.title} has no rows. Expected a label and the pixels of one image in each.")
    texts = [line for _, line in lines]
    quote = _quote(texts)
    separator, pixels = _with_pixel_cells(texts, upload.title, quote)
    separator, decimal = (separator, ".") if pixels else _separator(texts, upload.title, quote)
    rows = [cells_of(line, separator, quote) for line in texts]
    if pixels:
        has_header, notes = pixels.values(rows[0][pixels.place]) is None, tuple[str, ...]()
    else:
        has_header, notes = _header(rows, decimal, upload.title)
    if has_header and len(rows) == 1:
        raise DatasetError(f"{upload.title} has no rows below its header. Expected one row for each image.")
    sampled = rows[1:] if has_header else rows
    columns = _text_columns(sampled, decimal)
    if pixels:
        columns.pop(pixels.place, None)
    words = {column: cells for column, cells in columns.items() if None not in map(label_of, cells)}
    return Layout(
        encoding=encoding,
        separator=separator,
        decimal=decimal,
        skipped_lines=lines[1][0] if has_header else lines[0][0],
        n_columns=len(sampled[0]),
        names=_names(rows[0], len(sampled[0])) if has_header else (),
        text_columns={column: cells for column, cells in columns.items() if column not in words},
        word_columns=words,
        quote=quote,
        pixels=pixels,
        notes=notes,
    )


def _with_pixel_cells(lines: list[str], title: str, quote: str) -> tuple[str, PixelCells | None]:
    """The separator of a table whose pixels stand in one cell, and their column; None for another table."""
    check_not_in_lines(lines, title)
    for separator in SEPARATORS[:-1]:
        found = pixel_cells([cells_of(line, separator, quote) for line in lines[1:] or lines], title)
        if found is not None:
            return separator, found
    return "", None


def cells_of(line: str, separator: str, quote: str = '"') -> list[str]:
    """The cells of a line, without quotation marks and blanks around them."""
    if separator == " ":
        return [cell.strip(quote) for cell in line.split()]
    if quote not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, quotechar=quote), [])]
    except csv.Error:  # a cell is longer than the module allows
        return [cell.strip() for cell in line.split(separator)]


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell holds a finite number."""
    try:
        return math.isfinite(float(cell.replace(",", ".") if decimal == "," else cell))
    except ValueError:
        return False


def text_lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of a text, each at most as long as is allowed, with what it is cut off by."""
    text = io.TextIOWrapper(stream, encoding, errors="replace", newline=None)
    try:
        while line := text.readline(MAX_LINE_BYTES):
            yield line
    finally:
        with contextlib.suppress(ValueError):  # the stream is closed already
            text.detach()


def _first_lines(stream: BinaryIO, encoding: str, title: str) -> Iterator[tuple[int, str]]:
    """The first lines that hold something, each with the number of lines before it."""
    found = 0
    for number, line in enumerate(text_lines(stream, encoding)):
        text = line.strip("\ufeff\r\n")
        if len(line) >= MAX_LINE_BYTES:
            raise DatasetError(
                f"Line {number + 1:,} of {title} is too long. Expected the label and the pixels of one image in each."
            )
        is_remark = text.lstrip().startswith(("#", "%")) or text.lower().startswith("sep=")
        if not text.strip(EMPTY) or is_remark:
            continue
        yield number, text
        found += 1
        if found == SAMPLED_LINES:
            return


def _quote(lines: list[str]) -> str:
    """The quotation mark around cells: a single one if every row begins and ends with it."""
    rows = [line.strip() for line in lines[1:] or lines]
    return "'" if all(len(row) > 1 and row[0] == row[-1] == "'" for row in rows) else '"'


def _separator(lines: list[str], title: str, quote: str) -> tuple[str, str]:
    """The separator that gives the most numbers below the first line, and the decimal mark."""
    line = lines[min(1, len(lines) - 1)]
    counts = {}
    for separator in SEPARATORS:
        cells = [cell for line in lines[1:] or lines for cell in cells_of(line, separator, quote)]
        for decimal in (".", ",") if separator != "," else (".",):
            counts[separator, decimal] = sum(is_number(cell, decimal) for cell in cells)
    best = max(counts, key=lambda key: counts[key])
    if not counts[best] and len(lines) == 1 and any(len(cells_of(line, mark)) > 2 for mark in SEPARATORS[:-1]):
        raise DatasetError(f"{title} has no rows below its header. Expected one row for each image.")
    if not counts[best]:
        raise DatasetError(
            f"{title} has no numbers in its rows. Expected a label and the pixels of one image in each. "
            f"Received: {shown(line, 40)}."
        )
    if len(cells_of(line, best[0])) > MAX_COLUMNS:
        raise DatasetError(f"{title} has too many columns. Expected at most {MAX_COLUMNS:,}.")
    return best


def _header(rows: list[list[str]], decimal: str, title: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the first row is a header, with a note if that is not plain."""
    first = rows[0]
    words = [cell for cell in first if cell and not is_number(cell, decimal) and label_of(cell) is None]
    if not words:
        if _is_count(first, rows[1:]):
            return True, ("The first line counts the columns and was taken for a header.",)
        if len(rows) > 2 and _is_mangled(first, rows[1:], decimal):
            return True, ("The first line is a row that was saved as a header, and its values are lost: left out.",)
        return False, ()
    below = rows[1] if len(rows) > 1 else []
    is_above_numbers = not below or any(
        cell and not is_number(cell, decimal) and is_number(under, decimal)
        for cell, under in zip(first, below, strict=False)
    )
    numbers = [cell for cell in first if is_number(cell, decimal)]
    if is_above_numbers and len(numbers) > len(first) / 2 and len(set(numbers)) < len(numbers) / 2:
        raise DatasetError(
            f"The first line of {title} is not valid. Expected numbers, or a name for each column. "
            f"Received: {shown(words[0], 40)} among numbers."
        )
    return is_above_numbers, ()


def _is_count(first: list[str], others: list[list[str]]) -> bool:
    """Whether the first row numbers the columns from 0 or 1; many numbers may be sorted as text.

    pandas leaves the cell above its row numbers empty.
    """
    has_index = not first[0] and any(row[:1] != [""] for row in others)
    cells = first[1:] if has_index else first
    numbers = [int(cell) for cell in cells if cell.isdecimal()]
    in_order = sorted(numbers) if len(numbers) > MIN_SIDE * MIN_SIDE else numbers
    if len(numbers) < len(cells) or in_order not in ([*range(len(cells))], [*range(1, len(cells) + 1)]):
        return False
    return len(cells) > (0 if has_index else 2)


def _is_mangled(first: list[str], others: list[list[str]], decimal: str) -> bool:
    """Whether pandas took a row for the header and made its values different: 0, 0.1, 0.2 and so on."""
    fractions = [cell for cell in first if "." in cell and not cell.endswith(".0")]
    whole = all("." not in cell or cell.endswith(".0") for row in others for cell in row)
    return decimal == "." and len(fractions) > len(first) / 2 and whole and "0.1" in fractions


def _names(header: list[str], n_columns: int) -> tuple[str, ...]:
    """A name for each column; a header that is shorter by one leaves out that of the index."""
    if len(header) == n_columns - 1:
        header = ["", *header]
    return tuple((header + [""] * n_columns)[:n_columns])


def _text_columns(rows: list[list[str]], decimal: str) -> dict[int, tuple[str, ...]]:
    """Columns in which most cells are text, each with its different cells."""
    found = {}
    for column in range(len(rows[0])):
        cells = [row[column] for row in rows if column < len(row) and row[column]]
        if cells and sum(not is_number(cell, decimal) for cell in cells) > len(cells) / 2:
            found[column] = tuple(dict.fromkeys(cells))
    return found
