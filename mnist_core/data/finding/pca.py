"""Principal component analysis of images and vectors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from mnist_core.data.dataset import Float32Array

CHUNK = 4_096


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PrincipalComponents:
    """Principal components of vectors of D numbers. For images, D is 784 and the unit is pixel values.

    Attributes:
        mean: float32 (D,).
        components: float32 (k, D), orthonormal rows, largest variance first; the entry with the largest absolute value
            of each is positive.
        variances: along each component, float64 (k,), in squared units.
        total_variance: the sum over all D dimensions.
    """

    mean: Float32Array
    components: Float32Array
    variances: NDArray[np.float64]
    total_variance: float

    @property
    def explained(self) -> NDArray[np.float64]:
        """Share of the total variance along each component, float64 (k,)."""
        return self.variances / max(self.total_variance, 1e-12)

    def project(self, images: NDArray[Any]) -> Float32Array:
        """Coordinates float32 (N, k) of images uint8 (N, 28, 28) or vectors (N, D), in their unit."""
        pixels = _in_rows(images)
        parts = [
            (pixels[start : start + CHUNK].astype(np.float32) - self.mean) @ self.components.T
            for start in range(0, len(pixels), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.components)), np.float32)


def principal_components(images: NDArray[Any], n_components: int = 2) -> PrincipalComponents:
    """Principal components of images uint8 (N, 28, 28) or vectors (N, D), from the covariance of their numbers.

    At most D of them. The covariance is summed in parts, so that no float copy of all images is made.
    """
    pixels = _in_rows(images)
    n, n_pixels = max(1, len(pixels)), pixels.shape[1]
    mean = pixels.mean(axis=0, dtype=np.float64) if len(pixels) else np.zeros(n_pixels)
    covariance = np.zeros((n_pixels, n_pixels))
    for start in range(0, len(pixels), CHUNK):
        part = pixels[start : start + CHUNK].astype(np.float32) - mean.astype(np.float32)
        covariance += part.T @ part
    covariance /= n
    wanted = [
        n_pixels - min(n_components, n_pixels),
        n_pixels - 1,
    ]  # in ascending order; computing all takes several times as long
    variances, vectors = linalg.eigh(covariance, subset_by_index=wanted)
    components = vectors[:, ::-1].T
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[np.arange(len(components)), largest])[:, np.newaxis]
    return PrincipalComponents(
        mean=mean.astype(np.float32),
        components=components.astype(np.float32),
        variances=np.maximum(variances[::-1], 0),
        total_variance=float(np.trace(covariance)),
    )


def plane(vectors: Float32Array) -> tuple[Float32Array, float]:
    """Points float32 (N, 2) of vectors (N, D) along their two principal components, and their share of the variance.

    The second coordinate is 0 if D is 1.
    """
    found = principal_components(vectors, 2)
    points = found.project(vectors)
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))), float(found.explained.sum())


def _in_rows(values: NDArray[Any]) -> NDArray[Any]:
    """One row per image, (N, D); a view."""
    return values.reshape(len(values), math.prod(values.shape[1:]))
