"""Outliers: images that lie far from the others of their class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE, Float32Array, Indices, Split, UInt8Array, flat
from mnist_core.data.finding.pca import principal_components

N_COMPONENTS = 10  # with more, a single outlier gets its own component and is no longer found
MIN_VARIANCE = 1e-2  # in squared pixel values: less is rounding
MIN_IMAGES = 5  # of a class: fewer are too few for an estimate


def outlier_scores(split: Split) -> Float32Array:
    """The distance of each image from the others of its class, float32 (N,); about 1 is usual.

    The Mahalanobis distance to the class mean under probabilistic principal components (Tipping and Bishop, JRSS B 61,
    1999), divided by the root of the number of dimensions. The first `N_COMPONENTS` components of the class have their
    own standard deviations, all other directions a common one. NaN in a class of fewer than `MIN_IMAGES` images.
    """
    scores = np.full(len(split), np.nan, np.float32)
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
    """Rows of the images with the highest scores, the highest first; of one class, or of all. Others have no score."""
    has_score = ~np.isnan(scores)
    rows = np.flatnonzero(has_score if label is None else has_score & (split.labels == label))
    return rows[np.argsort(-scores[rows], kind="stable")][:limit].astype(np.int64)
