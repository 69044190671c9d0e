"""Which column of a table holds the labels, which hold the pixels, and which are left out: by what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE
from mnist_core.data.imports.decisions import LabelColumn, LabelColumnError
from mnist_core.data.imports.limits import MIN_SIDE
from mnist_core.data.imports.recognising.blocks import NamedArray
from mnist_core.data.imports.recognising.column_contents import (
    MAX_SHARE,
    NAMED_LABEL,
    check_classes,
    columns_without_pixels,
    counts_up,
    is_named_label,
    is_square,
    largest_share,
    numbered_pixels,
    one_hot_places,
    pixel_order,
    with_most_classes,
)
from mnist_core.data.imports.recognising.labels import are_labels, words_note, words_problem
from mnist_core.data.imports.recognising.table import Table, dropped_note
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed

MAX_CANDIDATES = 6
MAX_BESIDE_LABEL = 8  # columns of a table of labels; measures of a digit are more


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Columns:
    """A table told apart.

    Attributes:
        pixels: (N, C).
        labels: (N,); None if no column holds any.
        chosen: the column of the labels.
        guessed: the column that a look at the table gives; None if there are several, or none.
        candidates: all columns that could hold the labels.
        notes: sentences on what was left out, and on where the labels were found.
    """

    pixels: NDArray[Any]
    labels: NDArray[Any] | None
    chosen: LabelColumn | None
    guessed: LabelColumn | None
    candidates: tuple[LabelColumn, ...]
    notes: tuple[str, ...]


def array_as_table(array: NamedArray) -> Table | None:
    """An array (N, pixels of a square + 1) of a label beside the pixels in each row as a table; None for another array.

    Whether it holds labels is not looked at.
    """
    values = array.values
    if values.ndim != 2 or values.dtype.kind not in "iuf" or not len(values) or not is_square(values.shape[1] - 1):
        return None
    return Table(file=array.file, values=values, odd={}, indices=tuple(range(values.shape[1])), names=())


def told_apart(table: Table, label_column: int | None = None) -> Columns:
    """Labels, pixels and the rest of a table.

    Args:
        label_column: a person's choice, counted in the file; None to find it.

    Raises:
        LabelColumnError: two or more columns could hold the labels; names them.
        DatasetError: the choice does not hold labels, or what is left is not a square of pixels.
    """
    dropped, places, notes = _without_dropped(table)
    plausible = _plausible(table, places) if len(places) > MIN_SIDE * MIN_SIDE else []
    if label_column is None and not any(is_named_label(table, place) for place in plausible):
        check_no_text_labels(table.texts, table.file.title)
    if label_column is None and (one_hot := _one_hot(table, places, dropped, notes, has_pixels=True)) is not None:
        return one_hot
    if label_column is not None:
        chosen: int | None = _chosen(table, label_column)
    elif is_square(len(places)) and not any(
        is_named_label(table, place) or table.holds_words(place) for place in plausible
    ):
        chosen = None
    else:
        chosen = _only(table, plausible)
    if chosen is None:
        return _unlabelled(table, places, dropped, notes)
    others = _surplus(table, [place for place in places if place != chosen], plausible)
    if others:
        notes += (dropped_note([table.title(place) for place in others], "no pixels"),)
    if label_column is None and not is_named_label(table, chosen) and table.indices[chosen] != 0:
        notes += (f"The labels were found in {table.title(chosen)}, by what it holds.",)
    pixels, order_notes = _pixels(table, [*dropped, *others, chosen])
    return _labelled(table, pixels, chosen, plausible, notes + order_notes)


def _unlabelled(table: Table, places: list[int], dropped: list[int], notes: tuple[str, ...]) -> Columns:
    """A table without labels beside its pixels: only pixels, or, if it is called so, only labels."""
    check_classes(table, places)
    left_out, reason = [place for place in places if table.holds_words(place)], "text"
    if label := _label_among_few(table, places):
        left_out, reason = [place for place in places if place != label[0]], "not used"
    notes += (dropped_note([table.title(place) for place in left_out], reason),) if left_out else ()
    pixels, order_notes = _pixels(table, [*dropped, *left_out])
    notes += order_notes
    return Columns(pixels=pixels, labels=None, chosen=None, guessed=None, candidates=(), notes=notes)


def _label_among_few(table: Table, places: list[int]) -> list[int]:
    """The column that is called label among a few that are no pixels, such as id and writer; [] without one."""
    if not 1 < len(places) <= MAX_BESIDE_LABEL:
        return []
    named = [place for place in places if is_named_label(table, place) and are_labels(table.column(place))]
    return named if len(named) == 1 else []


def check_no_text_labels(texts: Iterable[tuple[str, tuple[str, ...]]], title: str) -> None:
    """Raise if one of the columns of text, names with examples, is called label: it holds words for other classes."""
    for name, examples in texts:
        if NAMED_LABEL.match(name.strip().lower()):
            raise DatasetError(words_problem(f"The values of the column {name[:40]} in {title}", examples, name[:40]))


def labels_beside_pictures(table: Table, label_column: int | None) -> Columns:
    """The labels in a table that has no pixels, because its pictures are elsewhere.

    Raises:
        LabelColumnError: two or more columns could hold the labels; names them.
        DatasetError: none does.
    """
    _, places, notes = _without_dropped(table)
    plausible = _plausible(table, places) if places else []
    if label_column is None and not any(is_named_label(table, place) for place in plausible):
        check_no_text_labels(table.texts, table.file.title)
    if label_column is None and (one_hot := _one_hot(table, places, [], notes, has_pixels=False)) is not None:
        return one_hot
    chosen = _chosen(table, label_column) if label_column is not None else _only(table, plausible)
    if chosen is None:
        raise DatasetError(
            f"{table.file.title} has no labels. Expected a column of whole numbers from 0 to 9, such as label. "
            f"Received: {listed([table.title(place) for place in range(len(table.indices))], 6)}."
        )
    unused = [table.title(place) for place in places if place != chosen]
    notes += (dropped_note(unused, "not used"),) if unused else ()
    return _labelled(table, table.columns([]), chosen, plausible, notes)


def _one_hot(
    table: Table, places: list[int], dropped: list[int], notes: tuple[str, ...], *, has_pixels: bool
) -> Columns | None:
    """A table with labels as one-hot vectors; None for another table."""
    found = one_hot_places(table, places, has_pixels=has_pixels)
    if found is None:
        return None
    ten, labels = found
    first = LabelColumn(index=table.indices[ten[0]], name=f"{table.title(ten[0])} to {table.title(ten[-1])}")
    pixels, order_notes = _pixels(table, [*dropped, *ten]) if has_pixels else (table.columns([]), ())
    notes += (f"The labels were one-hot vectors in {first.name}.", *order_notes)
    return Columns(pixels=pixels, labels=labels, chosen=first, guessed=first, candidates=(), notes=notes)


def _pixels(table: Table, left_out: Iterable[int]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The other columns (N, C), in the order that their names give, with a note if that is another one."""
    without = set(left_out)
    kept = [place for place in range(len(table.indices)) if place not in without]
    order = pixel_order([table.names[place] for place in kept]) if table.names else None
    if order is None:
        return table.columns(kept), ()
    ordered = [kept[number] for number in order]
    ends = f"{table.title(ordered[0])}, {table.title(ordered[1])} to {table.title(ordered[-1])}"
    return table.columns(ordered), (f"The columns were put in the order of the numbers in their names: {ends}.",)


def _without_dropped(table: Table) -> tuple[list[int], list[int], tuple[str, ...]]:
    """The columns that hold neither pixels nor labels, those that are left, and notes."""
    dropped, notes = columns_without_pixels(table)
    return dropped, [place for place in range(len(table.indices)) if place not in dropped], notes


def _labelled(table: Table, pixels: NDArray[Any], chosen: int, plausible: list[int], notes: tuple[str, ...]) -> Columns:
    if table.holds_words(chosen):
        notes += (words_note(table.words[table.indices[chosen]]),)
    return Columns(
        pixels=pixels,
        labels=table.column(chosen),
        chosen=_as_choice(table, chosen),
        guessed=_as_choice(table, plausible[0]) if len(plausible) == 1 else None,
        candidates=tuple(_as_choice(table, place) for place in sorted({chosen, *plausible})),
        notes=notes,
    )


def _only(table: Table, plausible: list[int]) -> int | None:
    """The column of the labels; None if there is none.

    Raises:
        LabelColumnError: there are several.
    """
    if len(plausible) <= 1:
        return plausible[0] if plausible else None
    raise several_columns(table.file.title, [_as_choice(table, place) for place in plausible])


def several_columns(title: str, columns: Sequence[LabelColumn]) -> LabelColumnError:
    """The question which of several columns holds the labels; `title` names the file."""
    names = listed([column.words for column in columns], MAX_CANDIDATES)
    return LabelColumnError(
        f"{counted(len(columns), 'column')} of {title} could be the labels: {names}. "
        "Expected one column of whole numbers from 0 to 9. Choose the right one.",
        tuple(columns),
    )


def _plausible(table: Table, places: list[int]) -> list[int]:
    """The columns that may hold the labels, several only if nothing tells them apart.

    A name counts most, then words such as seven, then what the header does not call a pixel, then the first and the
    last column, then any.
    """
    named = [place for place in places if is_named_label(table, place)]
    candidates = [place for place in places if are_labels(table.column(place)) and not counts_up(table.column(place))]
    if named:
        return [place for place in named if place in candidates] or named[:1]
    if words := [place for place in candidates if table.holds_words(place)]:
        return words
    pixels = numbered_pixels(table, places)
    if pixels:
        return [place for place in candidates if place not in pixels]
    ends = [place for place in candidates if place in (places[0], places[-1])]
    even = [place for place in candidates if largest_share(table.column(place)) <= MAX_SHARE]
    inside = with_most_classes(table, even)
    return [place for place in ends if place in even] or (inside if len(inside) <= MAX_CANDIDATES else []) or ends


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
    words = [place for place in left if table.holds_words(place)]
    if is_square(len(left) - len(words)):
        return words
    pixels = numbered_pixels(table, left)
    if pixels:
        return [place for place in left if place not in pixels]
    others = [place for place in left if place in plausible]
    if others and is_square(len(left) - len(others)):
        return others
    raise DatasetError(wrong_width(table, len(left)))


def wrong_width(table: Table, n_pixels: int) -> str:
    """The error for a number of columns that is not a square, or that of too small an image."""
    way_out = "Leave out columns that hold no pixels."
    if n_pixels < MIN_SIDE * MIN_SIDE:
        way_out = (
            f"An image in a table has at least {MIN_SIDE} x {MIN_SIDE} pixels; other measures of a digit are no image."
        )
    return (
        f"Wrong number of columns in {table.file.title}. Expected a label and {SIDE * SIDE} pixels, or another square "
        f"such as 64 or 256. Received: {counted(n_pixels, 'column')} beside the label. {way_out}"
    )


def _as_choice(table: Table, place: int) -> LabelColumn:
    return LabelColumn(index=table.indices[place], name=table.title(place))
