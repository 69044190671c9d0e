"""Lists of pictures: they name the label of each picture, such as `filename,label`, as competitions and hubs do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.data.imports.decisions import LabelColumn
from mnist_core.data.imports.files.file_kinds import Kind
from mnist_core.data.imports.files.unpacking import Item
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats.list_rows import Cells, rows_of
from mnist_core.data.imports.formats.picture_names import SEVERAL, PictureNames, is_picture_name
from mnist_core.data.imports.limits import MAX_NAMED
from mnist_core.data.imports.recognising.blocks import Part, part_of
from mnist_core.data.imports.recognising.column_contents import NAMED_LABEL, counts_up
from mnist_core.data.imports.recognising.label_column import several_columns
from mnist_core.data.imports.recognising.labels import (
    are_labels,
    byte_labels,
    number_of,
    one_hot_labels,
    words_problem,
)
from mnist_core.data.imports.recognising.split_columns import SplitSearch
from mnist_core.errors import DatasetError
from mnist_core.words import listed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PictureList:
    """Names of pictures with their labels.

    Attributes:
        names: of the pictures, row by row.
        labels: as long; None where the row has none, in all rows if no column holds labels.
        parts: as long, of the data set, by a column of its own or by the name of the list.
        column: of the labels; None if there is none.
        candidates: all columns that could hold the labels.
        guessed: the column that a look at the list gives; None if there are several, or none.
        notes: sentences on the labels.
    """

    file: Upload
    names: Cells
    labels: tuple[int | None, ...]
    parts: tuple[Part, ...]
    column: LabelColumn | None
    guessed: LabelColumn | None
    candidates: tuple[LabelColumn, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Columns:
    """A text in columns."""

    file: Upload
    header: Cells
    cells: tuple[Cells, ...]

    def title(self, number: int) -> str:
        return (self.header[number][:40] if self.header else "") or f"column {number + 1}"

    def choice(self, number: int) -> LabelColumn:
        return LabelColumn(index=number, name=self.title(number))

    def is_named_label(self, number: int) -> bool:
        return bool(self.header) and NAMED_LABEL.match(self.header[number].strip().lower()) is not None


def read_picture_list(item: Item, pictures: PictureNames, label_column: int | None) -> PictureList | None:
    """The list that a text, a JSON or a Parquet file is; None if it names no pictures.

    Args:
        label_column: a person's choice of the column of the labels, from 0; None to find it.

    Raises:
        LabelColumnError: two or more columns could hold the labels; names them.
        DatasetError: the labels are no digits, or a row is not valid.
    """
    upload, rows = item.upload, rows_of(item)
    if not rows:
        return None
    columns = _Columns(file=upload, header=rows[0], cells=tuple(zip(*(rows[1:] or rows), strict=True)))
    names = _column_of_names(columns, pictures)
    if names is None:
        return None
    has_names = item.kind in (Kind.JSON, Kind.PARQUET)
    if not has_names and (len(rows) == 1 or not _is_header(rows[0][names], columns.cells[names], pictures)):
        columns = _Columns(file=upload, header=(), cells=tuple(zip(*rows, strict=True)))
    others = [number for number in range(len(columns.cells)) if number != names]
    plausible = _plausible(columns, others)
    one_hot = _one_hot(columns, plausible) if label_column is None else None
    if one_hot is not None:
        labels, notes = one_hot
        plausible = plausible[:1]
    chosen = _chosen(columns, label_column, others) if label_column is not None else _only(columns, plausible)
    if one_hot is None:
        labels, notes = _labels(columns, chosen)
    return PictureList(
        file=upload,
        names=columns.cells[names],
        labels=labels,
        parts=_parts(columns, others),
        column=None if chosen is None else columns.choice(chosen),
        guessed=columns.choice(plausible[0]) if len(plausible) == 1 else None,
        candidates=tuple(columns.choice(number) for number in others if number == chosen or number in plausible),
        notes=notes,
    )


def _is_header(first: str, others: Cells, pictures: PictureNames) -> bool:
    """Whether the first cell of the column of names is unlike the others: neither a picture, nor a number like them."""
    if is_picture_name(first) or pictures.find_any(first) is not None:
        return False
    return number_of(first) is None or number_of(others[0]) is None


def _column_of_names(columns: _Columns, pictures: PictureNames) -> int | None:
    """The column that names pictures: by their suffixes, or because it numbers most of those that are there."""
    named, numbered = list[tuple[int, int]](), list[tuple[int, int]]()
    for number, cells in enumerate(columns.cells):
        different = {cell for cell in cells if cell}
        rows = {cell: pictures.find_any(cell) for cell in different}
        found = {cell if row == SEVERAL else row for cell, row in rows.items() if row is not None}
        if 2 * sum(map(is_picture_name, cells)) > len(cells):
            named.append((len(found), -number))
        elif 2 * len(found) > min(len(cells), len(pictures)) and not columns.is_named_label(number):
            numbered.append((len(different), -number))
    best = max(named or numbered, default=None)
    return None if best is None else -best[1]


def _plausible(columns: _Columns, others: Sequence[int]) -> list[int]:
    """The columns that may hold the labels: those that are called so, else those that hold nothing but labels."""
    named = [number for number in others if columns.is_named_label(number)]
    holding = [number for number in others if _holds_labels(columns.cells[number])]
    return [number for number in named if number in holding] or named[:1] or holding


def _holds_labels(cells: Cells) -> bool:
    numbers = [number_of(cell) for cell in cells if cell]
    if None in numbers:
        return False
    values = np.array(numbers, np.float64)
    return are_labels(values) and not counts_up(values)


def _one_hot(columns: _Columns, plausible: list[int]) -> tuple[tuple[int | None, ...], tuple[str, ...]] | None:
    """The label of each row by ten columns of one-hot vectors, with a note; None if they hold none."""
    values = np.array([[number_of(cell) for cell in columns.cells[number]] for number in plausible], np.float64).T
    names = [columns.header[number].strip() if columns.header else "" for number in plausible]
    labels = one_hot_labels(values, names) if values.ndim == 2 else None
    if labels is None:
        return None
    ends = f"{columns.title(plausible[0])} to {columns.title(plausible[-1])}"
    return tuple(labels.tolist()), (f"The labels were one-hot vectors in {ends}.",)


def _chosen(columns: _Columns, label_column: int, others: Sequence[int]) -> int:
    """A person's choice."""
    if label_column not in others:
        names = listed([columns.choice(number).words for number in others], MAX_NAMED)
        raise DatasetError(
            f"Column {label_column + 1} of {columns.file.title} holds no labels. Expected one of: {names}. "
            "Choose another column."
        )
    return label_column


def _only(columns: _Columns, plausible: list[int]) -> int | None:
    if len(plausible) > 1:
        raise several_columns(columns.file.title, [columns.choice(number) for number in plausible])
    return plausible[0] if plausible else None


def _labels(columns: _Columns, chosen: int | None) -> tuple[tuple[int | None, ...], tuple[str, ...]]:
    """The label of each row, None where its cell is empty, with notes."""
    if chosen is None:
        return (None,) * len(columns.cells[0]), ()
    cells = columns.cells[chosen]
    texts = np.array([cell for cell in cells if cell] or [""])
    wrong = list(dict.fromkeys(text for text in texts.tolist() if number_of(text) is None))
    if wrong:
        raise DatasetError(
            words_problem(
                f"The values of the column {columns.title(chosen)} in {columns.file.title}",
                wrong,
                columns.title(chosen),
            )
        )
    found, notes = byte_labels(texts, f"{columns.title(chosen)} of {columns.file.title}")
    labels = iter(found.tolist())
    return tuple(next(labels) if cell else None for cell in cells), notes


def _parts(columns: _Columns, others: Sequence[int]) -> tuple[Part, ...]:
    """The part of the data set of each row: by a column that tells it, or by the name of the list."""
    search = SplitSearch({number: columns.header[number] if columns.header else "" for number in others})
    search.add({number: columns.cells[number] for number in others})
    if (found := search.found) is not None:
        return found[1]
    return (part_of(*reversed(columns.file.parts)),) * len(columns.cells[0])
