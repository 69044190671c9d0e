"""Which images train, which validate: stratified by label and seeded.

`numpy.random.RandomState` draws the permutations because its streams are frozen for good: the same seed means the
same split with every version of numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Indices, UInt8Array
from mnist_core.errors import ConfigError


def split_training(
    labels: UInt8Array, *, fraction: float, seed: int, limit: int | None = None
) -> tuple[Indices, Indices]:
    """Row numbers of the training images that train, and of those that validate.

    Each label has the same share in both, up to one image. Both arrays are sorted and have no row in common.

    Args:
        labels: uint8 (N,).
        fraction: share of the images that validate, from 0 up to (not including) 1; above 0 at least one validates.
        seed: decides which.
        limit: keep only so many images (a stratified subset) before the split; more than there are means all.

    Raises:
        ConfigError: `fraction` or `limit` is out of range, or too few images are left to train.
    """
    if not 0 <= fraction < 1:
        raise ConfigError.invalid("fraction", expected="a number from 0 and below 1", received=fraction)
    if limit is not None and limit < 1:
        raise ConfigError.invalid("limit", expected="an integer from 1", received=limit)
    kept = np.arange(len(labels), dtype=np.int64)
    if limit is not None and limit < len(labels):
        kept, _ = stratified_parts(labels, limit, seed=seed)
    n_validation = n_validating(len(kept), fraction)
    if n_validation >= len(kept):
        raise ConfigError(
            f"Too few images to train. Expected at least 2, one of which validates. Received: {len(kept)}."
        )
    validation, training = stratified_parts(labels[kept], n_validation, seed=seed)
    return kept[training], kept[validation]


def n_validating(n_images: int, fraction: float) -> int:
    """How many of `n_images` validate."""
    return max(1, round(fraction * n_images)) if fraction else 0


def stratified_parts(labels: UInt8Array, size: int, *, seed: int) -> tuple[Indices, Indices]:
    """Row numbers of a random part of `size` images in which each label keeps its share, and of the rest; sorted."""
    order = np.random.RandomState(seed % 2**32).permutation(len(labels))
    quotas = _quotas(np.bincount(labels, minlength=1), size)
    chosen = np.zeros(len(labels), bool)
    for label, quota in enumerate(quotas):
        chosen[order[labels[order] == label][:quota]] = True
    rows = np.arange(len(labels), dtype=np.int64)
    return rows[chosen], rows[~chosen]


def _quotas(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many of each label, in proportion to `counts`, `size` together: the largest remainders are rounded up."""
    total = max(1, int(counts.sum()))
    quotas = counts * size // total
    by_remainder = np.argsort(-(counts * size % total), kind="stable")
    quotas[by_remainder[: size - int(quotas.sum())]] += 1
    return np.asarray(quotas, np.int64)
