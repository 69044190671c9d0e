"""Suspect labels: labels that are probably wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, Indices, UInt8Array
from mnist_core.errors import DatasetError


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SuspectLabels:
    """Labels that the probabilities of a network contradict, the lowest self-confidence first.

    Attributes:
        positions: int64 (M,), in the given arrays.
        self_confidence: float64 (M,), probability of the true label.
        suggested: uint8 (M,), the label that the network suggests.
    """

    positions: Indices
    self_confidence: NDArray[np.float64]
    suggested: UInt8Array

    def __len__(self) -> int:
        return len(self.positions)


def suspect_labels(labels: UInt8Array, probabilities: NDArray[Any]) -> SuspectLabels:
    """Labels that are probably wrong, by confident learning.

    A label is suspect if another class has a probability at least as high as its mean over the images with that label.
    (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR 70, 2021; ranked
    by self-confidence as there.) The network must not have been trained on these images: use the validation images.

    Args:
        labels: uint8 (N,).
        probabilities: (N, 10).

    Raises:
        DatasetError: the shapes do not fit.
    """
    if probabilities.shape != (len(labels), N_CLASSES):
        raise DatasetError(
            f"Wrong shape of the probabilities. Expected ({len(labels)}, {N_CLASSES}). Received: {probabilities.shape}."
        )
    rows = np.arange(len(labels))
    confidence = probabilities.astype(np.float64)
    own = confidence[rows, labels]
    usual = np.array([own[labels == label].mean() if (labels == label).any() else 1.0 for label in range(N_CLASSES)])
    claims = np.where(confidence >= usual, confidence, -1.0)
    suggested = claims.argmax(axis=1).astype(np.uint8)
    is_suspect = (claims[rows, suggested] >= 0) & (suggested != labels)
    positions = np.flatnonzero(is_suspect)
    positions = positions[np.argsort(own[positions], kind="stable")].astype(np.int64)
    return SuspectLabels(positions=positions, self_confidence=own[positions], suggested=suggested[positions])
