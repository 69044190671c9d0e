"""Which column of a table holds the labels, which hold the pixels, and which are left out: by what they hold."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE
from mnist_core.data.imports.decisions import LabelColumn, LabelColumnError
from mnist_core.data.imports.labels import are_labels
from mnist_core.data.imports.limits import MIN_SIDE
from mnist_core.data.imports.table import Table
from mnist_core.data.imports.uploads import counted, listed
from mnist_core.errors import DatasetError, shown

NAMED_LABEL = re.compile(
    r"^(y|labels?|class(es)?|digits?|targets?|numbers?|num|answer|truth|category|etiquettes?|étiquettes?|klasse|ziffer|"
    r"clase|etiqueta|chiffre|y_?(true|train|test))$"
)
NAMED_INDEX = re.compile(r"^(|index|id|idx|no|nr|row|unnamed.*|__index.*|image_?id|.*_id)$")
MAX_SHARE = 0.6  # of one value: a corner of the images that is hardly ever inked looks like labels that are mostly 0
MAX_BYTE = 255
MIN_FOR_INDEX = 12
MAX_CANDIDATES = 6


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Columns:
    """A table told apart.

    Attributes:
        pixels: (N, C).
        labels: (N,); None if no column holds any.
        chosen: the column of the labels.
        candidates: all columns that could hold the labels.
        notes: sentences on what was left out, and on where the labels were found.
    """

    pixels: NDArray[Any]
    labels: NDArray[Any] | None
    chosen: LabelColumn | None
    candidates: tuple[LabelColumn, ...]
    notes: tuple[str, ...]


def told_apart(table: Table, label_column: int | None = None) -> Columns:
    """Labels, pixels and the rest of a table.

    Args:
        label_column: a person's choice, counted in the file; None to find it.

    Raises:
        LabelColumnError: two or more columns could hold the labels; names them.
        DatasetError: the choice does not hold labels, or what is left is not a square of pixels.
    """
    dropped, notes = _without_pixels(table)
    places = [place for place in range(len(table.indices)) if place not in dropped]
    plausible = _plausible(table, places) if len(places) > MIN_SIDE * MIN_SIDE else []
    if label_column is not None:
        chosen: int | None = _chosen(table, label_column)
    elif _is_square(len(places)) and not any(_is_named_label(table, place) for place in plausible):
        chosen = None
    else:
        chosen = _only(table, plausible)
    if chosen is None:
        _check_no_text_labels(table)
        return Columns(pixels=table.without(dropped), labels=None, chosen=None, candidates=(), notes=notes)
    others = _surplus(table, [place for place in places if place != chosen], plausible)
    if others:
        notes += (_dropped_note([table.title(place) for place in others], "no pixels"),)
    if label_column is None and not _is_named_label(table, chosen) and table.indices[chosen] != 0:
        notes += (f"The labels were found in {table.title(chosen)}, by what it holds.",)
    return Columns(
        pixels=table.without([*dropped, *others, chosen]),
        labels=table.column(chosen),
        chosen=_as_choice(table, chosen),
        candidates=tuple(_as_choice(table, place) for place in sorted({chosen, *plausible})),
        notes=notes,
    )


def _check_no_text_labels(table: Table) -> None:
    """Raise if a column is called label but holds text."""
    for name, example in table.texts:
        if NAMED_LABEL.match(name.strip().lower()):
            raise DatasetError(
                f"The column {name[:40]} of {table.file.title} holds text. Expected whole numbers from 0 to 9. "
                f"Received: {shown(example, 40)}. Replace the names of the classes by 0 to 9."
            )


def labels_beside_pictures(table: Table, label_column: int | None) -> Columns:
    """The labels in a table that has no pixels, because its pictures are elsewhere.

    Raises:
        LabelColumnError: two or more columns could hold the labels; names them.
        DatasetError: none does.
    """
    dropped, notes = _without_pixels(table)
    places = [place for place in range(len(table.indices)) if place not in dropped]
    plausible = _plausible(table, places) if places else []
    chosen = _chosen(table, label_column) if label_column is not None else _only(table, plausible)
    if chosen is None:
        raise DatasetError(
            f"{table.file.title} has no labels. Expected a column of whole numbers from 0 to 9, such as label. "
            f"Received: {listed([table.title(place) for place in range(len(table.indices))], 6)}."
        )
    unused = [table.title(place) for place in places if place != chosen]
    notes += (_dropped_note(unused, "not used"),) if unused else ()
    return Columns(
        pixels=table.without(range(len(table.indices))),
        labels=table.column(chosen),
        chosen=_as_choice(table, chosen),
        candidates=tuple(_as_choice(table, place) for place in sorted({chosen, *plausible})),
        notes=notes,
    )


def _without_pixels(table: Table) -> tuple[list[int], tuple[str, ...]]:
    """Columns that hold neither pixels nor labels: empty ones, counts and other numbers of the rows."""
    empty, counts = [], []
    places = set(table.odd) | {0, len(table.indices) - 1} | _named_index(table)
    for place in sorted(places):
        column = table.column(place)
        if column.dtype.kind == "f" and np.isnan(column).all():
            empty.append(place)
        elif _is_named_label(table, place) and are_labels(column):
            continue
        elif _counts_up(column) or _numbers_rows(column) or (place in table.odd and _is_too_large(column)):
            counts.append(place)
    notes: tuple[str, ...] = ()
    if empty:
        notes += (_dropped_note([table.title(place) for place in empty], "empty"),)
    if counts:
        notes += (_dropped_note([table.title(place) for place in counts], "numbers of the rows, not pixels"),)
    return [*empty, *counts], notes


def _only(table: Table, plausible: list[int]) -> int | None:
    """The column of the labels; None if there is none.

    Raises:
        LabelColumnError: there are several.
    """
    if len(plausible) <= 1:
        return plausible[0] if plausible else None
    names = listed([table.numbered_title(place) for place in plausible], MAX_CANDIDATES)
    raise LabelColumnError(
        f"{counted(len(plausible), 'column')} of {table.file.title} could be the labels: {names}. "
        "Expected one column of whole numbers from 0 to 9. Choose the right one.",
        tuple(_as_choice(table, place) for place in plausible),
    )


def _plausible(table: Table, places: list[int]) -> list[int]:
    """The columns that may hold the labels, several only if nothing tells them apart.

    A name counts most, then what the header does not call a pixel, then the first and the last column, then any.
    """
    named = [place for place in places if _is_named_label(table, place)]
    candidates = [place for place in places if are_labels(table.column(place)) and not _counts_up(table.column(place))]
    if named:
        return [place for place in named if place in candidates] or named[:1]
    pixels = _named_pixels(table, places)
    if pixels:
        return [place for place in candidates if place not in pixels]
    ends = [place for place in candidates if place in (places[0], places[-1])]
    even = [place for place in candidates if _largest_share(table.column(place)) <= MAX_SHARE]
    inside = _richest(table, even)
    return [place for place in ends if place in even] or (inside if len(inside) <= MAX_CANDIDATES else []) or ends


def _named_pixels(table: Table, places: list[int]) -> set[int]:
    """The columns that a header numbers alike, such as pixel0 to pixel783, if they are a square; else none."""
    if not table.names:
        return set()
    forms: dict[str, set[int]] = {}
    for place in places:
        forms.setdefault(re.sub(r"\d+", "#", table.names[place].strip().lower()), set()).add(place)
    largest = max(forms.values(), key=len, default=set())
    return largest if _is_square(len(largest)) and len(largest) < len(places) else set()


def _richest(table: Table, places: list[int]) -> list[int]:
    """Those with the most classes: pixels of few values are no labels if another column has ten."""
    numbers = {place: len(np.unique(table.column(place))) for place in places}
    most = max(numbers.values(), default=0)
    return [place for place in places if numbers[place] == most]


def _chosen(table: Table, label_column: int) -> int:
    """The place of a person's choice."""
    if label_column not in table.indices:
        raise DatasetError(
            f"{table.file.title} has no column {label_column + 1} of numbers. "
            f"Expected one of {counted(len(table.indices), 'column')}."
        )
    place = table.indices.index(label_column)
    column = table.column(place)
    with np.errstate(invalid="ignore"):
        is_label = (column >= 0) & (column < N_CLASSES + 1) & (column == np.floor(column))
    if not is_label.all():
        wrong = column[~is_label][0].item()
        raise DatasetError(
            f"{table.title(place)} of {table.file.title} does not hold labels. "
            f"Expected whole numbers from 0 to 9. Received: {wrong:g}. Choose another column."
        )
    return place


def _surplus(table: Table, left: list[int], plausible: list[int]) -> list[int]:
    """Columns that are no pixels beside those that are: by the header, or because they could be labels too.

    Raises:
        DatasetError: what is left is not a square of pixels.
    """
    if _is_square(len(left)):
        return []
    pixels = _named_pixels(table, left)
    if pixels:
        return [place for place in left if place not in pixels]
    others = [place for place in left if place in plausible]
    if others and _is_square(len(left) - len(others)):
        return others
    raise DatasetError(wrong_width(table, len(left)))


def wrong_width(table: Table, n_pixels: int) -> str:
    """The error for a number of columns that is not a square."""
    return (
        f"Wrong number of columns in {table.file.title}. Expected a label and {SIDE * SIDE} pixels, or another square "
        f"such as 64 or 256. Received: {counted(n_pixels, 'column')} beside the label. "
        "Leave out columns that hold no pixels."
    )


def _dropped_note(names: list[str], reason: str) -> str:
    is_one = len(names) == 1
    return f"{'Column' if is_one else 'Columns'} left out ({reason}): {listed(names, 4)}."


def _as_choice(table: Table, place: int) -> LabelColumn:
    return LabelColumn(index=table.indices[place], name=table.title(place))


def _is_named_label(table: Table, place: int) -> bool:
    return bool(table.names) and NAMED_LABEL.match(table.names[place].strip().lower()) is not None


def _named_index(table: Table) -> set[int]:
    return {place for place, name in enumerate(table.names) if NAMED_INDEX.match(name.strip().lower())}


def _counts_up(column: NDArray[Any]) -> bool:
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


def _largest_share(column: NDArray[Any]) -> float:
    return float(np.unique(column, return_counts=True)[1].max() / len(column))


def _is_square(n: int) -> bool:
    return n >= MIN_SIDE * MIN_SIDE and math.isqrt(n) ** 2 == n
