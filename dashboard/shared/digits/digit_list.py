"""An ordered list of digits, and places in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import UInt8Array
from mnist_core.evaluation.predictions import Position

Place = NewType("Place", int)
"""Index of a digit in a list on screen, from 0. Not to be confused with its row and its position."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitList:
    """Digits by their positions in the predictions, int64 (N,), in the order they are shown."""

    positions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.positions)

    def position_at(self, place: Place) -> Position:
        """The digit at a place."""
        return Position(int(self.positions[place]))

    def place_of(self, position: Position | None) -> Place | None:
        """The place of a digit in the list; None if it is not in it."""
        if position is None:
            return None
        found = np.flatnonzero(self.positions == position)
        return Place(int(found[0])) if len(found) else None

    def n_pages(self, size: int) -> int:
        """How many pages of `size` digits there are; an empty list has one."""
        return max(1, -(-len(self) // size))

    def page(self, number: int, size: int) -> DigitList:
        """One page, counted from 1."""
        return DigitList(self.positions[(number - 1) * size : number * size])


def digest_of(rows: NDArray[np.int64]) -> str:
    """A short text that differs between lists of different images, for the keys of widgets.

    With it in the key, a click on a grid that has just been replaced does not open an image of the new one.
    """
    return hashlib.blake2b(np.ascontiguousarray(rows).tobytes(), digest_size=6).hexdigest()


def digest_of_texts(texts: Iterable[str]) -> str:
    """The same for a list of texts, such as ids."""
    return hashlib.blake2b("\n".join(texts).encode(errors="replace"), digest_size=6).hexdigest()


def label_counts_words(labels: UInt8Array, class_names: Sequence[str]) -> str:
    """How many digits have each label, the most frequent first, Markdown: "49 of label 3, 11 of label 5"."""
    counts = np.bincount(labels, minlength=len(class_names))
    order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
    return ", ".join(f"{counts[label]:,} of label {escape_markdown(class_names[label])}" for label in order)
