"""What the columns of a table hold: row numbers, nothing, pixels that a header numbers, or what may be labels."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.imports.limits import MIN_SIDE
from mnist_core.data.imports.recognising.labels import TEN_CLASSES, are_labels, one_hot_labels
from mnist_core.data.imports.recognising.table import Table, dropped_note
from mnist_core.errors import DatasetError

NAMED_LABEL = re.compile(
    r"^(y|labels?|class(es)?|digits?|targets?|numbers?|num|answer|truth|category|etiquettes?|étiquettes?|klasse|ziffer|"
    r"clase|etiqueta|chiffre|y_?(true|train|test))$"
)
NAMED_INDEX = re.compile(r"^(|index|id|idx|no|nr|row|unnamed.*|__index.*|image_?id|.*_id)$")
NUMBER = re.compile(r"\d{1,9}")
MAX_BYTE = 255
MIN_FOR_INDEX = 12
MAX_CLASSES = 100  # that a column of labels may have: EMNIST's has up to 62
MAX_SHARE = 0.6  # of one value: a corner of the images that is hardly ever inked looks like labels that are mostly 0


def columns_without_pixels(table: Table) -> tuple[list[int], tuple[str, ...]]:
    """Columns that hold neither pixels nor labels: empty ones, counts and other numbers of the rows."""
    empty, counts = [], []
    places = set(table.odd) | {0, len(table.indices) - 1} | _named_index(table)
    for place in sorted(places):
        column = table.column(place)
        if column.dtype.kind == "f" and np.isnan(column).all():
            empty.append(place)
        elif is_named_label(table, place) and are_labels(column):
            continue
        elif counts_up(column) or _numbers_rows(column) or (place in table.odd and _is_too_large(column)):
            counts.append(place)
    notes: tuple[str, ...] = ()
    if empty:
        notes += (dropped_note([table.title(place) for place in empty], "empty"),)
    if counts:
        notes += (dropped_note([table.title(place) for place in counts], "numbers of the rows, not pixels"),)
    return [*empty, *counts], notes


def numbered_pixels(table: Table, places: list[int]) -> set[int]:
    """The columns that a header numbers alike, such as pixel0 to pixel783, if they are a square; else none."""
    if not table.names:
        return set()
    forms: dict[str, set[int]] = {}
    for place in places:
        forms.setdefault(NUMBER.sub("#", table.names[place].strip().lower()), set()).add(place)
    largest = max(forms.values(), key=len, default=set())
    return largest if is_square(len(largest)) and len(largest) < len(places) else set()


def pixel_order(names: Sequence[str]) -> list[int] | None:
    """The order of the pixels by the numbers in their names, such as pixel0 to pixel783, or 1x1 to 28x28.

    Returns:
        The place of each pixel among the names; None if these are in order, or are not all numbered alike without gaps.
        Of names with two numbers, those of the rows may come first or last.
    """
    if len(names) < 2 or len({NUMBER.sub("#", name.strip().lower()) for name in names}) > 1:
        return None
    numbers = np.array([[int(digits) for digits in NUMBER.findall(name)] for name in names], np.int64)
    numbers = numbers[:, (numbers != numbers[0]).any(axis=0)]
    n_values = [len(np.unique(column)) for column in numbers.T]
    spans = numbers.max(axis=0) - numbers.min(axis=0) + 1
    if numbers.shape[1] not in (1, 2) or n_values != spans.tolist() or math.prod(n_values) != len(names):
        return None
    order = np.lexsort(numbers.T[::-1])
    in_order = np.arange(len(names))
    if any(np.array_equal(by, in_order) for by in (order, np.lexsort(numbers.T))):
        return None
    is_complete = len(np.unique(numbers, axis=0)) == len(names)
    return order.tolist() if is_complete else None


def one_hot_places(table: Table, places: list[int], *, has_pixels: bool) -> tuple[list[int], NDArray[Any]] | None:
    """The first or the last ten columns, with the labels (N,) that they give, if they are one-hot vectors; else None.

    Args:
        has_pixels: whether the other columns have to be a square of pixels.
    """
    if len(places) < N_CLASSES or (has_pixels and not is_square(len(places) - N_CLASSES)):
        return None
    for ten in (places[:N_CLASSES], places[-N_CLASSES:]):
        values = np.stack([table.column(place) for place in ten], axis=1)
        labels = one_hot_labels(values, [table.names[place].strip() if table.names else "" for place in ten])
        if labels is not None:
            return ten, labels
    return None


def with_most_classes(table: Table, places: list[int]) -> list[int]:
    """Those with the most classes: pixels of few values are no labels if another column has ten."""
    numbers = {place: len(np.unique(table.column(place))) for place in places}
    most = max(numbers.values(), default=0)
    return [place for place in places if numbers[place] == most]


def is_named_label(table: Table, place: int) -> bool:
    """Whether the header calls a column label, or a word like it."""
    return bool(table.names) and NAMED_LABEL.match(table.names[place].strip().lower()) is not None


def check_classes(table: Table, places: list[int]) -> None:
    """Raise if a column beside a square of pixels holds labels of more than ten classes, such as EMNIST's letters.

    Args:
        places: of the columns that are not left out, as the numbers of a few rows are.
    """
    if not is_square(len(places) - 1):
        return
    for place in (places[0], places[-1]):
        column = table.column(place)
        with np.errstate(invalid="ignore"):
            is_whole = bool((column == np.floor(column)).all())
        n = len(np.unique(column)) if is_whole else 0
        if N_CLASSES < n <= MAX_CLASSES and largest_share(column) <= MAX_SHARE:
            raise DatasetError(
                f"The labels in {table.title(place)} of {table.file.title} are whole numbers from {column.min():.0f} "
                f"to {column.max():.0f}, more than ten classes. Expected 0 to {N_CLASSES - 1}. {TEN_CLASSES}"
            )


def _named_index(table: Table) -> set[int]:
    return {place for place, name in enumerate(table.names) if NAMED_INDEX.match(name.strip().lower())}


def counts_up(column: NDArray[Any]) -> bool:
    """Whether each value is one more than the value before."""
    steps = np.diff(column.astype(np.float64))
    return len(steps) > 1 and bool((steps == 1).all())


def _numbers_rows(column: NDArray[Any]) -> bool:
    """Whether all values are different whole numbers, as those of shuffled rows are."""
    if len(column) < MIN_FOR_INDEX:
        return False
    is_whole = bool((column == np.floor(column)).all())
    return is_whole and len(np.unique(column)) == len(column)


def _is_too_large(column: NDArray[Any]) -> bool:
    """Whether an odd one among columns of bytes is no pixel: it exceeds them."""
    return bool(np.nanmax(column) > MAX_BYTE)


def largest_share(column: NDArray[Any]) -> float:
    """The share of the most frequent value."""
    return float(np.unique(column, return_counts=True)[1].max() / len(column))


def is_square(n: int) -> bool:
    """Whether so many pixels are an image."""
    return n >= MIN_SIDE * MIN_SIDE and math.isqrt(n) ** 2 == n
