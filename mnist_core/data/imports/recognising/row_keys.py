"""Columns that number or name the rows of a table, such as `id`: by them, labels are brought to their images.

Two tables whose rows are in different order would otherwise be joined by row, and every image get another's label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.imports.recognising.blocks import NamedArray, RowKey
from mnist_core.data.imports.recognising.column_contents import NAMED_INDEX, columns_without_pixels, counts_up
from mnist_core.data.imports.recognising.image_arrays import Stack
from mnist_core.data.imports.recognising.orientation import MIN_ACCURACY, MIN_AGREEMENT
from mnist_core.data.imports.recognising.sampled_agreement import sampled_agreement
from mnist_core.data.imports.recognising.table import Table
from mnist_core.errors import DatasetError, shown
from mnist_core.words import counted, word_for

PLAIN = re.compile(r"^(|index|no|nr|row|unnamed.*|__index.*)$")  # where the rows stood once, not what they are about
MAX_KEYS = 4
MAX_CELL = 100  # characters of a name of a row
WAY_OUT = "Put the rows of both into the same order, and leave the column out; or give both the same values, each once."


class KeySearch:
    """Collects the columns that may number or name the rows, some rows at a time, as long as their cells are short.

    Numbers are kept in eight bytes: those of a table have four, in which 1,000,000,001 is not to be told from the next.
    """

    def __init__(self, texts: Mapping[int, str], numbers: Mapping[int, str]) -> None:
        """`texts` and `numbers` are the names of columns by their places, "" without a header.

        Of those of numbers only the ones that are called id or the like are looked at.
        """
        called = {place: name for place, name in numbers.items() if name and NAMED_INDEX.match(name.strip().lower())}
        self._names = dict([*list(texts.items())[:MAX_KEYS], *list(called.items())[:MAX_KEYS]])
        self._parts: dict[int, list[NDArray[Any]]] = {place: [] for place in self._names}

    @property
    def places(self) -> tuple[int, ...]:
        """Of the columns that may number or name the rows so far."""
        return tuple(self._parts)

    def add(self, cells: Mapping[int, Iterable[Any]]) -> None:
        """Look at some rows: the cells of each column, by its place."""
        for place, values in cells.items():
            array = np.asarray(values)
            if array.dtype.kind in "biuf":
                self._parts[place].append(array.astype(np.float64))
                continue
            texts = np.array([str(value) for value in values], object)
            if any(len(text) > MAX_CELL for text in texts):
                del self._parts[place]
            else:
                self._parts[place].append(texts)

    @property
    def found(self) -> tuple[RowKey, ...]:
        """The columns in which all cells are different, or that are called id or the like."""
        whole = {place: np.concatenate(parts) for place, parts in self._parts.items() if parts}
        return tuple(
            RowKey(name=self._names[place].strip().lower(), values=values)
            for place, values in whole.items()
            if _are_keys(self._names[place].strip().lower(), values)
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Side:
    """Images or labels of which the rows may have keys."""

    title: str
    keys: tuple[RowKey, ...]


def table_keys(table: Table) -> tuple[RowKey, ...]:
    """The columns of a table that number or name its rows."""
    found = list(table.keys)
    for place in columns_without_pixels(table)[0]:
        column = table.column(place).astype(np.float64)
        name = table.names[place].strip().lower() if table.names else ""
        if name not in {key.name for key in table.keys} and _are_keys(name, column):
            found.append(RowKey(name=name, values=column))
    return tuple(found)


def _are_keys(name: str, values: NDArray[Any]) -> bool:
    if values.dtype.kind == "f" and np.isnan(values).any():
        return False
    return NAMED_INDEX.match(name) is not None or len(set(values.tolist())) == len(values)


def side_of(array: NamedArray, n_rows: int, arrays: Sequence[NamedArray]) -> Side:
    """An array with its keys: columns of its table, or arrays in the same file that are called id or the like."""
    beside = [
        RowKey(name=other.name.strip().lower(), values=other.values.reshape(-1))
        for other in arrays
        if other.file is array.file and other is not array and other.values.size == n_rows
        and other.name and NAMED_INDEX.match(other.name.strip().lower())
    ]  # fmt: skip
    return Side(title=array.title, keys=(*array.keys, *beside))


def joined_sides(sides: Sequence[Side], title: str) -> Side:
    """Several parts as one, with the keys that all have."""
    names = [key.name for key in sides[0].keys if all(key.name in {its.name for its in side.keys} for side in sides)]
    keys = [[next(key for key in side.keys if key.name == name) for side in sides] for name in names]
    return Side(
        title=title,
        keys=tuple(
            RowKey(name=name, values=np.concatenate([key.values for key in its]))
            for name, its in zip(names, keys, strict=True)
        ),
    )


def in_order_of(images: Side, labels: Side, stack: Stack, values: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The labels (N,) in the order of the images, with a note if that is another one.

    Args:
        stack: the images, to compare with digits where only one side has a key; a part of them is not compared.
        values: the labels.

    Raises:
        DatasetError: the keys of both differ, or contradict each other.
    """
    rows = _rows_by_keys(images, labels)
    if rows is not None:
        name, order = rows
        note = f"The labels in {labels.title} were joined with the images by the column {name or 'of row numbers'}."
        return values[order], (note,)
    one_sided = _one_sided(images, labels)
    if one_sided is None:
        return values, ()
    side, name, order = one_sided
    is_whole = len(stack) == len(values)
    by_row, by_key = (sampled_agreement(stack, its) if is_whole else None for its in (values, values[order]))
    if by_row is not None and by_row >= MIN_ACCURACY:
        return values, ()
    if by_key is not None and by_key >= MIN_ACCURACY and (by_row or 0) < MIN_AGREEMENT:
        return values[order], (f"The rows were joined by the column {name or 'of row numbers'} of {side.title}.",)
    other = images if side is labels else labels
    raise DatasetError(
        f"The rows of {side.title} are numbered by {_words(name)}, but not in this order, and those of {other.title} "
        f"have no numbers: it is in doubt which label belongs to which image. Expected the same column in both. "
        f"{WAY_OUT}"
    )


def _rows_by_keys(images: Side, labels: Side) -> tuple[str, NDArray[np.int64]] | None:
    """The column that both have, and for each image the row of its label; None if the rows are in the same order."""
    theirs = {key.name: key for key in labels.keys}
    pairs = [(key, theirs[key.name]) for key in images.keys if key.name in theirs]
    is_shared = bool(pairs)
    pairs = pairs or ([(images.keys[0], labels.keys[0])] if len(images.keys) == len(labels.keys) == 1 else [])
    pairs = [pair for pair in pairs if not PLAIN.match(pair[0].name)] or pairs
    orders = [(key, _order(key, other)) for key, other in pairs]
    told = [(key.name, order) for key, order in orders if order is not None]
    if not told:
        if is_shared and orders and not all(PLAIN.match(key.name) for key, _ in orders):
            raise DatasetError(_differing(images, labels, *pairs[0]))
        return None
    if any(not np.array_equal(order, told[0][1]) for _, order in told):
        raise DatasetError(
            f"The columns {told[0][0]} and {told[1][0]} of {images.title} and {labels.title} contradict each other: "
            f"they put the labels in different orders. Expected one column that tells. {WAY_OUT}"
        )
    name, order = told[0]
    return None if np.array_equal(order, np.arange(len(order))) else (name, order)


def _order(key: RowKey, other: RowKey) -> NDArray[np.int64] | None:
    """For each row of one, the row of the other with the same value; None unless both have the same, each once."""
    n = len(key.values)
    if len(other.values) != n:
        return None
    if np.array_equal(key.values, other.values) or (_counts(key.values) and _counts(other.values)):
        return np.arange(n)
    if (key.values.dtype.kind in "biuf") != (other.values.dtype.kind in "biuf"):
        return None
    order, others = np.argsort(key.values, kind="stable"), np.argsort(other.values, kind="stable")
    ordered = key.values[order]
    if not np.array_equal(ordered, other.values[others]) or (ordered[1:] == ordered[:-1]).any():
        return None
    rows = np.empty(n, np.int64)
    rows[order] = others
    return rows


def _counts(values: NDArray[Any]) -> bool:
    """Whether values are only the numbers of the rows, from wherever they start."""
    return values.dtype.kind in "biuf" and counts_up(values)


def _one_sided(images: Side, labels: Side) -> tuple[Side, str, NDArray[np.int64]] | None:
    """The one side that has keys, the key that numbers its rows in another order, and the labels in that order."""
    for side, other in ((labels, images), (images, labels)):
        if other.keys:
            continue
        for key in side.keys:
            if key.values.dtype.kind not in "biuf":
                continue
            order = np.argsort(key.values, kind="stable")
            low = key.values.min()
            is_count = low in (0, 1) and np.array_equal(key.values[order], np.arange(len(order)) + low)
            if is_count and not np.array_equal(order, np.arange(len(order))):
                rows = order if side is labels else (key.values - low).astype(np.int64)
                return side, key.name, rows
    return None


def _differing(images: Side, labels: Side, key: RowKey, other: RowKey) -> str:
    """The error for a column that both have, but with which rows cannot be joined one to one."""
    theirs = set(other.values.tolist())
    missing = [value for value in key.values.tolist() if value not in theirs]
    what = "a value occurs more than once"
    if missing:
        are = word_for(len(missing), "is", "are")
        what = f"{counted(len(missing), 'value')} of the first {are} not in the second, such as {_shown(missing[0])}"
    return (
        f"The rows of {images.title} and {labels.title} cannot be joined by the column {key.name}: {what}. "
        f"Expected the same values in both, each once. {WAY_OUT}"
    )


def _shown(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else shown(value, 40)


def _words(name: str) -> str:
    return f"the column {name}" if name else "a column"
