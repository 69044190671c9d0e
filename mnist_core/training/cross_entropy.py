"""The loss of predictions: the plain cross-entropy, without label smoothing and class weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SMALLEST_PROBABILITY = float(np.finfo(np.float32).tiny)
"""A smaller probability counts as this one, so that no loss is infinite: the smallest normal number of float32."""


def cross_entropies(true_probabilities: Floats, *, smallest: float = SMALLEST_PROBABILITY) -> Floats:
    """The cross-entropy of each image in nats, float32 (N,), from the probability of its true label, float32 (N,).

    Args:
        smallest: a smaller probability counts as this one.
    """
    losses: Floats = -np.log(np.clip(true_probabilities, np.float32(smallest), np.float32(1)))
    return losses


def mean_cross_entropy(true_probabilities: Floats, *, smallest: float = SMALLEST_PROBABILITY) -> float:
    """Their mean; NaN if there are no images."""
    losses = cross_entropies(true_probabilities, smallest=smallest)
    return float(losses.mean(dtype=np.float64)) if len(losses) else float("nan")
