"""Which column of a table, or which array beside images, tells the part of the data set of each row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mnist_core.data.imports.recognising.blocks import Part, part_of

NAMED_SPLIT = re.compile(r"^((data_?)?(split|subset|fold|partition|set)s?|part|phase|usage)$")
NAMED_FLAG = re.compile(r"^(is_?\w+|\w+_mask)$")
TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
MAX_WORD = 40  # characters of a cell that names a part


class SplitSearch:
    """Looks for the column that tells the part of every row, such as train and test, some rows at a time.

    A column called split or the like counts most, and one such as `is_test` that says yes or no. Another one has to
    tell two parts: a writer may be called Test.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        """`names` are those of the columns that may tell it, by their places, "" without a header."""
        self._names = {place: name.strip().lower() for place, name in names.items()}
        self._parts: dict[int, list[Part]] = {place: [] for place in names}

    @property
    def places(self) -> tuple[int, ...]:
        """Of the columns that told the part of every row so far."""
        return tuple(self._parts)

    def add(self, cells: Mapping[int, Iterable[Any]]) -> None:
        """Look at some rows: the cells of each column, by its place."""
        for place, values in cells.items():
            if place not in self._parts:
                continue
            its = list(values)
            found = {cell: self._part_of(cell, self._names[place]) for cell in dict.fromkeys(its)}
            if Part.UNKNOWN in found.values():
                del self._parts[place]
            else:
                self._parts[place] += [found[cell] for cell in its]

    @property
    def found(self) -> tuple[int, tuple[Part, ...]] | None:
        """The place of the column, and the part of each row; None if no column tells it."""
        named = [place for place in self._parts if NAMED_SPLIT.match(self._names[place]) or is_flag(self._names[place])]
        telling = [place for place, parts in self._parts.items() if len(set(parts)) > 1]
        place = next((place for place in [*named, *telling] if self._parts[place]), None)
        return None if place is None else (place, tuple(self._parts[place]))

    def _part_of(self, cell: Any, name: str) -> Part:
        text = cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)
        if not is_flag(name):
            return part_of(text[:MAX_WORD])
        is_true = TRUTHS.get(text.strip().lower())
        if is_true is None:
            return Part.UNKNOWN
        flagged = part_of(name)
        return flagged if is_true else Part.TEST if flagged is Part.TRAIN else Part.TRAIN


def is_flag(name: str) -> bool:
    """Whether a name is that of a column of yes and no, such as `is_test` or `train_mask`."""
    name = name.strip().lower()
    return NAMED_FLAG.match(name) is not None and part_of(name) is not Part.UNKNOWN


def splits_note(title: str) -> str:
    """The sentence on where the splits were found; `title` is such as "split of a.csv"."""
    return f"The splits were read from {title}."
