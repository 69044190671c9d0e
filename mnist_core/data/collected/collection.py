"""A collection of handwritten digits: images with labels, writers and the split that each was given for good."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE, Indices, Split, UInt8Array

MAX_WRITER = 40
"""Characters of the name of a writer."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Collection:
    """Digits in the order in which they were written.

    Attributes:
        images: uint8 (N, 28, 28), prepared as MNIST's own.
        labels: uint8 (N,).
        writers: the name of the writer of each.
        ids: int64 (N,), never given to another digit.
        is_test: bool (N,). The split is fixed when a digit is saved: a test digit never becomes a training digit.
    """

    images: UInt8Array
    labels: UInt8Array
    writers: tuple[str, ...]
    ids: Indices
    is_test: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> Collection:
        """The digits at these positions, in this order."""
        return Collection(
            images=self.images[rows],
            labels=self.labels[rows],
            writers=tuple(self.writers[row] for row in rows),
            ids=self.ids[rows],
            is_test=self.is_test[rows],
        )

    def rows_of(self, *, writer: str | None = None, label: int | None = None) -> Indices:
        """Positions of the digits of a writer, with a label, or both."""
        keeps = np.ones(len(self), np.bool_)
        if writer is not None:
            keeps &= np.array([name == writer for name in self.writers], np.bool_)
        if label is not None:
            keeps &= self.labels == label
        return np.flatnonzero(keeps)

    def row_of(self, digit_id: int) -> int | None:
        """Position of the digit with this id; None if it is not there any more."""
        found = np.flatnonzero(self.ids == digit_id)
        return int(found[0]) if len(found) else None

    def known_writers(self) -> tuple[str, ...]:
        """Every writer once, in the order of their first digits."""
        return tuple(dict.fromkeys(self.writers))

    def split(self, *, is_test: bool) -> Split:
        """The digits of one split."""
        rows = np.flatnonzero(self.is_test == is_test)
        return Split(images=self.images[rows], labels=self.labels[rows])

    def counts(self) -> tuple[int, ...]:
        """How many digits each label has."""
        return tuple(np.bincount(self.labels, minlength=N_CLASSES).tolist())


def empty_collection() -> Collection:
    """No digits."""
    return Collection(
        images=np.zeros((0, SIDE, SIDE), np.uint8),
        labels=np.zeros(0, np.uint8),
        writers=(),
        ids=np.zeros(0, np.int64),
        is_test=np.zeros(0, np.bool_),
    )


def joined(first: Collection, second: Collection) -> Collection:
    """The digits of both, in the order of their ids."""
    order = np.argsort(np.concatenate([first.ids, second.ids]), kind="stable")
    both = Collection(
        images=np.concatenate([first.images, second.images]),
        labels=np.concatenate([first.labels, second.labels]),
        writers=first.writers + second.writers,
        ids=np.concatenate([first.ids, second.ids]),
        is_test=np.concatenate([first.is_test, second.is_test]),
    )
    return both.take(order)
