"""The row number of an image in its split, and the first one of each class."""

from __future__ import annotations

from typing import NewType

import numpy as np

from mnist_core.data.dataset import Indices, UInt8Array

Row = NewType("Row", int)
"""Row of an image in one split of a data set, from 0. Not its position in predictions or in a list."""


def first_of_each(labels: UInt8Array) -> Indices:
    """The first place of each label that occurs, by label: int64 (C,), fewer than ten if a class is empty.

    Args:
        labels: uint8 (N,).
    """
    _, first = np.unique(labels, return_index=True)
    return np.asarray(first, np.int64)
