"""Images that stand out: unlike the others of their class, or with a label that a network doubts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE, Float32Array, Indices, Split, UInt8Array, flat
from mnist_core.data.finding.pca import principal_components
from mnist_core.errors import DatasetError

N_COMPONENTS = 10  # with more, a single odd image gets a component to itself and no longer stands out
MIN_VARIANCE = 1e-2  # in squared pixel values: less is rounding
MIN_IMAGES = 5  # of a class: fewer have no usual shape to stand out from


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SuspectLabels:
    """Labels that a network's probabilities contradict, the most doubtful first.

    Attributes:
        positions: int64 (M,), into the arrays that were given.
        self_confidence: float64 (M,), probability of the label that the image has.
        suggested: uint8 (M,), the label that the network would give.
    """

    positions: Indices
    self_confidence: NDArray[np.float64]
    suggested: UInt8Array

    def __len__(self) -> int:
        return len(self.positions)


def outlier_scores(split: Split) -> Float32Array:
    """How unlike the others of its class each image is, float32 (N,); about 1 is usual.

    The Mahalanobis distance to the class mean under probabilistic principal components (Tipping and Bishop, JRSS B 61,
    1999), divided by the root of the number of dimensions: along the first 10 components of the class each in its own
    standard deviation, in all other directions in their common one. 0 in a class of fewer than 5 images.
    """
    scores = np.zeros(len(split), np.float32)
    for label in range(N_CLASSES):
        rows = np.flatnonzero(split.labels == label)
        if len(rows) >= MIN_IMAGES:
            scores[rows] = _mahalanobis(split.images[rows])
    return scores


def _mahalanobis(images: UInt8Array) -> NDArray[np.float64]:
    n_pixels = SIDE * SIDE
    parts = principal_components(images, min(N_COMPONENTS, len(images) - 1))
    rest = (parts.total_variance - parts.variances.sum()) / (n_pixels - len(parts.variances))
    least = max(rest, MIN_VARIANCE)
    places = parts.project(images).astype(np.float64)
    lengths = np.array([((image - parts.mean.astype(np.float64)) ** 2).sum() for image in flat(images)])
    within = (places**2 / np.maximum(parts.variances, least)).sum(axis=1)
    outside = np.maximum(lengths - (places**2).sum(axis=1), 0) / least
    return np.asarray(np.sqrt((within + outside) / n_pixels))


def outliers(split: Split, scores: Float32Array, *, label: int | None = None, limit: int = 100) -> Indices:
    """Rows of the images that stand out most, the oddest first; of one class, or of all."""
    rows = np.arange(len(split)) if label is None else np.flatnonzero(split.labels == label)
    return rows[np.argsort(-scores[rows], kind="stable")][:limit].astype(np.int64)


def suspect_labels(labels: UInt8Array, probabilities: NDArray[Any]) -> SuspectLabels:
    """Labels that are probably wrong, by confident learning.

    A label is suspect if the network gives another class a probability at least as high as that class usually gets
    from images that carry its label. (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in
    dataset labels", JAIR 70, 2021; ranked by self-confidence as there.) The probabilities must come from a network
    that did not train on these images: use those of the validation images.

    Args:
        labels: uint8 (N,).
        probabilities: (N, 10).

    Raises:
        DatasetError: the shapes do not fit.
    """
    if probabilities.shape != (len(labels), N_CLASSES):
        raise DatasetError(
            f"Probabilities do not fit. Expected ({len(labels)}, {N_CLASSES}). Received: {probabilities.shape}."
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
