"""A table of numbers: mostly bytes, kept small while it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_UNPACKED_BYTES
from mnist_core.data.imports.recognising.blocks import Part, RowKey
from mnist_core.data.imports.recognising.split_columns import splits_note
from mnist_core.errors import DatasetError
from mnist_core.words import listed, word_for

MAX_ODD = 8


def dropped_note(names: list[str], reason: str) -> str:
    """The sentence on columns that are left out."""
    return f"{word_for(len(names), 'Column')} left out ({reason}): {listed(names, 4)}."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Table:
    """The columns of numbers in a file.

    Attributes:
        values: uint8 or float32 (N, C); columns in `odd` have no meaning there.
        odd: columns, by their place in `values`, that are no bytes although the others are: float32 (N,).
        indices: where each column stands in the file, from 0.
        names: of each column, from the header; empty without one.
        notes: sentences on the columns that were left out.
        texts: names of columns that hold text, each with examples.
        words: columns, by where they stand in the file, whose numbers were words such as seven, each with examples.
        parts: of the data set, of each row, by a column that tells, and its name; empty without one.
        keys: columns of text that may name the rows, and of numbers that are called id or the like.
    """

    file: Upload
    values: NDArray[Any]
    odd: dict[int, NDArray[np.float32]]
    indices: tuple[int, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    words: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    parts_column: str = ""
    keys: tuple[RowKey, ...] = ()

    @property
    def splits_note(self) -> tuple[str, ...]:
        """The sentence on the column that tells the splits, if there is one."""
        return (splits_note(f"{self.parts_column} of {self.file.title}"),) if self.parts else ()

    def column(self, place: int) -> NDArray[Any]:
        """The values of a column (N,), by its place."""
        return self.odd[place] if place in self.odd else self.values[:, place]

    def holds_words(self, place: int) -> bool:
        """Whether the numbers of a column were words, which are labels but never pixels."""
        return self.indices[place] in self.words

    def title(self, place: int) -> str:
        """A column for a message: its name, or its number in the file."""
        name = self.names[place] if self.names else ""
        return name[:40] or f"column {self.indices[place] + 1}"

    def without(self, index: int | None) -> Table:
        """The table without the column of numbers that stands there in the file, if there is one."""
        if index not in self.indices:
            return self
        place = self.indices.index(index)
        kept = [other for other in range(len(self.indices)) if other != place]
        return replace(
            self,
            values=self.values[:, kept],
            odd={other - (other > place): column for other, column in self.odd.items() if other != place},
            indices=tuple(self.indices[other] for other in kept),
            names=tuple(self.names[other] for other in kept) if self.names else (),
        )

    def columns(self, places: Sequence[int]) -> NDArray[Any]:
        """Some columns (N, n), in the order of their places."""
        if not set(self.odd).intersection(places):
            return self.values[:, places]
        whole = self.values.astype(np.float32)
        for place, column in self.odd.items():
            whole[:, place] = column
        return whole[:, places]


class TableBuilder:
    """Collects the rows of a table part by part: as bytes as long as most columns are bytes."""

    def __init__(self, title: str) -> None:
        self._title, self._n_bytes = title, 0
        self._parts: list[NDArray[Any]] = []
        self._odd: dict[int, list[NDArray[np.float32]]] = {}
        self._is_bytes = True

    def add(self, rows: NDArray[np.float32]) -> None:
        """Add rows (n, C).

        Raises:
            DatasetError: they need more memory than an import may use.
        """
        self._n_bytes += rows.size * (1 if self._is_bytes else 4)
        if self._n_bytes > MAX_UNPACKED_BYTES:
            raise DatasetError(
                f"{self._title} is too large: its numbers need more than {MAX_UNPACKED_BYTES:,} bytes. "
                "Import a part of its rows."
            )
        if self._is_bytes:
            with np.errstate(invalid="ignore"):
                is_byte = ((rows >= 0) & (rows <= 255) & (rows == np.floor(rows))).all(axis=0)
            odd = set(np.flatnonzero(~is_byte).tolist()) | set(self._odd)
            if len(odd) <= min(MAX_ODD, rows.shape[1] - 1):
                self._add_bytes(rows, odd)
                return
            self._leave_bytes()
        self._parts.append(rows)

    def finish(self) -> tuple[NDArray[Any], dict[int, NDArray[np.float32]]]:
        """All rows, and the columns that are no bytes."""
        odd = {place: np.concatenate(parts) for place, parts in self._odd.items()}
        return np.concatenate(self._parts), odd

    def _add_bytes(self, rows: NDArray[np.float32], odd: set[int]) -> None:
        for place in odd - set(self._odd):
            self._odd[place] = [part[:, place].astype(np.float32) for part in self._parts]
        for place, parts in self._odd.items():
            parts.append(rows[:, place].copy())
        with np.errstate(invalid="ignore"):
            self._parts.append(np.nan_to_num(rows).clip(0, 255).astype(np.uint8))

    def _leave_bytes(self) -> None:
        self._parts = [part.astype(np.float32) for part in self._parts]
        for place, columns in self._odd.items():
            for part, column in zip(self._parts, columns, strict=True):
                part[:, place] = column
        self._odd, self._is_bytes = {}, False
        self._n_bytes *= 4
