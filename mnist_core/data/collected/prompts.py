"""Which digit to ask for next: shuffled, and as many of each label."""

from __future__ import annotations

import random

from mnist_core.data.dataset import N_CLASSES

ROUND = 50
"""Digits of a round: five of each label, a few minutes."""


def prompt(seed: int, number: int) -> int:
    """The label to ask for as the `number`-th of a series, from 0.

    Every ten are all ten labels in another order, and no label is asked for twice in a row.
    """
    block, place = divmod(number, N_CLASSES)
    labels = _shuffled(seed, block)
    if block and labels[0] == _shuffled(seed, block - 1)[-1]:
        labels[0], labels[1] = labels[1], labels[0]
    return labels[place]


def _shuffled(seed: int, block: int) -> list[int]:
    labels = list(range(N_CLASSES))
    random.Random(f"{seed}-{block}").shuffle(labels)
    return labels
