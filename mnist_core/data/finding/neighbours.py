"""Nearest neighbours of an image, by pixels or by hidden vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Float32Array, Indices, UInt8Array, flat

CHUNK = 1_000  # images whose float copies fit into the CPU cache
SPARE = 16  # additional candidates, since the search is in single precision


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Neighbours:
    """The nearest neighbours, nearest first; at equal distance the lower row first.

    Attributes:
        rows: int64 (k,), row numbers in the searched split.
        distances: float64 (k,), Euclidean; for pixels in full pixels.
    """

    rows: Indices
    distances: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)


class PixelIndex:
    """Finds neighbours by pixels: holds the images and the squared length of each."""

    def __init__(self, images: UInt8Array) -> None:
        """Args: images: uint8 (N, 28, 28)."""
        self._flat = flat(images)
        self._squares = np.concatenate(
            [np.einsum("ni,ni->n", part, part) for part in map(np.float32, self._parts())] or [np.zeros(0, np.float32)]
        )

    def nearest(self, image: UInt8Array, k: int = 8, *, exclude: int | None = None) -> Neighbours:
        """The `k` images nearest to `image`, uint8 (28, 28).

        Args:
            exclude: a row to leave out: the image itself, if it is among the searched images.
        """
        query = image.reshape(-1).astype(np.float32)
        products = [_products(part.astype(np.float32), query) for part in self._parts()]
        rough = self._squares - 2 * np.concatenate(products) if products else self._squares
        candidates = _lowest(rough, k, exclude)
        difference = self._flat[candidates].astype(np.int64) - image.reshape(-1)
        return _sorted(candidates, np.sqrt((difference**2).sum(axis=1)) / 255, k)

    def _parts(self) -> list[UInt8Array]:
        return [self._flat[start : start + CHUNK] for start in range(0, len(self._flat), CHUNK)]


def nearest_vectors(
    vectors: Float32Array, query: Float32Array, k: int = 8, *, exclude: int | None = None
) -> Neighbours:
    """The `k` rows of `vectors`, float32 (N, D), nearest to `query`, float32 (D,)."""
    rough = np.einsum("nd,nd->n", vectors, vectors) - 2 * _products(vectors, query)
    candidates = _lowest(rough, k, exclude)
    distances = np.linalg.norm(vectors[candidates].astype(np.float64) - query, axis=1)
    return _sorted(candidates, distances, k)


def _products(vectors: Float32Array, query: Float32Array) -> Float32Array:
    """`vectors @ query` in this thread alone: while a network trains, the threads of a matrix library wait for each
    other many times longer than they compute."""
    return np.asarray(np.einsum("nd,d->n", vectors, query))


def _lowest(rough: Float32Array, k: int, exclude: int | None) -> Indices:
    """The rows of the lowest values, a few more than `k`."""
    if exclude is not None:
        rough = rough.copy()
        rough[exclude] = np.inf
    n_left = len(rough) - (exclude is not None)
    n_candidates = min(k + SPARE, n_left)
    if n_candidates < len(rough):
        return np.argpartition(rough, n_candidates - 1)[:n_candidates].astype(np.int64)
    return np.arange(len(rough), dtype=np.int64)


def _sorted(rows: Indices, distances: NDArray[np.float64], k: int) -> Neighbours:
    order = np.lexsort((rows, distances))[:k]
    return Neighbours(rows=rows[order], distances=distances[order])
