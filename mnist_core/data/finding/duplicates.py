"""Exact duplicates and near-duplicates in a data set, within a split or across both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Dataset, Float32Array, Indices, SplitName, UInt8Array, flat
from mnist_core.data.finding.pca import principal_components
from mnist_core.data.image_ref import ImageRef

Progress = Callable[[float], object]
"""Called with the share that is done, from 0 to 1."""

N_COMPONENTS = 48
TILE = 2_048  # the distances of one tile are 16 MB
BATCH = 16_384  # pairs whose exact distance is computed at once
ROUNDING = 1e-3  # of distances in single precision; the exact distance of the remaining pairs is computed
NEAR = 2.5
"""In full pixels: two digits of MNIST closer than this look the same; the median of the nearest neighbour is 5."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DuplicatePair:
    """Two images that are duplicates or near-duplicates.

    Attributes:
        distance: Euclidean, in full pixels; 0 for exact duplicates.
        has_same_label: whether both have the same label.
    """

    first: ImageRef
    second: ImageRef
    distance: float
    has_same_label: bool

    @property
    def crosses_splits(self) -> bool:
        """Whether a test image is among the training images too (leakage)."""
        return self.first.split != self.second.split


def exact_duplicates(dataset: Dataset) -> tuple[tuple[ImageRef, ...], ...]:
    """Groups of images with the same pixels, in the order in which they first occur; labels do not matter."""
    groups: defaultdict[bytes, list[ImageRef]] = defaultdict(list)
    for name in SplitName:
        for row, image in enumerate(dataset.split(name).images):
            groups[image.tobytes()].append(ImageRef(split=name, row=row))
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def near_duplicates(
    dataset: Dataset,
    *,
    labels: Collection[int] = (),
    max_distance: float = NEAR,
    limit: int = 200,
    progress: Progress | None = None,
) -> tuple[DuplicatePair, ...]:
    """The closest pairs of images, nearest first, with exact duplicates.

    No pair is missed: for all pairs, a lower bound of the distance is computed from the principal components and the
    length of the residual; the remaining pairs are compared pixel by pixel.

    Args:
        labels: only among images of these labels; empty for all. (The closest pairs of MNIST are all ones.)
        max_distance: in full pixels.
        limit: largest number of pairs.
        progress: called after every row of tiles. 70,000 images take about ten seconds.
    """
    images = np.concatenate([dataset.train.images, dataset.test.images])
    all_labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    rows = np.flatnonzero(np.isin(all_labels, list(labels))) if labels else np.arange(len(images))
    closest = _Closest(images[rows], limit, max_distance)
    closest.search(progress or (lambda share: None))
    n_train = len(dataset.train)
    return tuple(
        DuplicatePair(
            first=_ref(int(rows[first]), n_train),
            second=_ref(int(rows[second]), n_train),
            distance=float(distance),
            has_same_label=bool(all_labels[rows[first]] == all_labels[rows[second]]),
        )
        for first, second, distance in zip(*closest.pairs.T, closest.distances, strict=True)
    )


class _Closest:
    """The closest pairs of rows (first < second) so far, sorted; the bound tightens as pairs are found."""

    def __init__(self, images: UInt8Array, limit: int, max_distance: float) -> None:
        self._flat = flat(images)
        self._images = images
        self._limit = limit
        self._bound = max_distance
        self.pairs = np.zeros((0, 2), np.int64)
        self.distances = np.zeros(0)

    def search(self, progress: Progress) -> None:
        left, right = _factors(self._images)
        n = len(self._images)
        for start, stop in _ranges(n):
            if self._is_full_of_copies:
                break
            for other, other_stop in _ranges(n, start):
                lowest = -((self._bound + ROUNDING) ** 2) / 2 - ROUNDING
                close = np.argwhere(left[start:stop] @ right[other:other_stop].T >= np.float32(lowest))
                close += (start, other)
                close = close[close[:, 0] < close[:, 1]]
                for low in range(0, len(close), BATCH):
                    self._add(close[low : low + BATCH])
            progress(stop / n)

    @property
    def _is_full_of_copies(self) -> bool:
        return self._bound == 0 and len(self.pairs) == self._limit

    def _add(self, pairs: Indices) -> None:
        if self._is_full_of_copies:
            return
        pairs = np.concatenate([self.pairs, pairs])
        distances = np.concatenate([self.distances, self._measure(pairs[len(self.pairs) :])])
        order = np.lexsort((pairs[:, 1], pairs[:, 0], distances))
        order = order[distances[order] <= self._bound][: self._limit]
        self.pairs, self.distances = pairs[order], distances[order]
        if len(order) == self._limit:
            self._bound = float(self.distances[-1])

    def _measure(self, pairs: Indices) -> NDArray[np.float64]:
        distances = np.zeros(len(pairs))
        for start, stop in _ranges(len(pairs)):
            first, second = pairs[start:stop].T
            difference = self._flat[first].astype(np.int32) - self._flat[second]
            distances[start:stop] = np.sqrt((difference**2).sum(axis=1)) / 255
        return distances


def _factors(images: UInt8Array) -> tuple[Float32Array, Float32Array]:
    """Two arrays (N, k) whose product is -d^2 / 2, with d the lower bound of each pair's distance in full pixels."""
    parts = principal_components(images, N_COMPONENTS)
    near = parts.project(images) / np.float32(255)
    pixels = flat(images)
    whole = np.zeros(len(images), np.float32)
    for start, stop in _ranges(len(images)):
        centred = (pixels[start:stop].astype(np.float32) - parts.mean) / np.float32(255)
        whole[start:stop] = np.einsum("ni,ni->n", centred, centred)
    rest = np.sqrt(np.maximum(whole - np.einsum("nk,nk->n", near, near), 0))
    points = np.column_stack([near, rest])
    half = np.einsum("nk,nk->n", points, points) / 2
    ones = np.ones(len(images), np.float32)
    return np.column_stack([points, ones, -half]), np.column_stack([points, -half, ones])


def _ranges(n: int, start: int = 0) -> Iterator[tuple[int, int]]:
    for low in range(start, n, TILE):
        yield low, min(low + TILE, n)


def _ref(row: int, n_train: int) -> ImageRef:
    if row < n_train:
        return ImageRef(split=SplitName.TRAIN, row=row)
    return ImageRef(split=SplitName.TEST, row=row - n_train)
