"""Exact duplicates and near-duplicates in a data set, within a split or across both."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, Dataset, Float32Array, Indices, SplitName, UInt8Array, flat
from mnist_core.data.finding.pca import principal_components
from mnist_core.data.image_ref import ImageRef

Progress = Callable[[float], object]
"""Called with the share that is done, from 0 to 1."""

N_COMPONENTS = 48
TILE = 2_048  # the distances of one tile are 16 MB
BATCH = 16_384  # pairs whose exact distance is computed at once
ROUNDING = 1e-3  # of distances in single precision; the exact distance of the remaining pairs is computed
MAX_COUNTED = 1_000_000
"""Close pairs that are counted; the full MNIST has a fifth as many. With more, only the closest are searched."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class NearDuplicates:
    """The close pairs of a data set.

    Attributes:
        differing: the closest pairs with different labels, nearest first.
        of_label: for each label, the closest pairs of images that both have it, nearest first.
        n_found: how many pairs there are, listed or not.
        n_across_splits: those of a training and a test image.
        n_different_labels: those whose labels differ.
        is_complete: whether all were counted; otherwise there are at least as many.
    """

    differing: tuple[DuplicatePair, ...]
    of_label: tuple[tuple[DuplicatePair, ...], ...]
    n_found: int
    n_across_splits: int
    n_different_labels: int
    is_complete: bool


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
    label: int | None = None,
    max_distance: float = NEAR,
    limit: int = 200,
    progress: Progress | None = None,
) -> NearDuplicates:
    """How many pairs of images are close, and the closest of them, with exact duplicates.

    No pair is missed: for all pairs, a lower bound of the distance is computed from the principal components and the
    length of the residual; the remaining pairs are compared pixel by pixel. Pairs with different labels and those of
    each label are searched by themselves: the closest pairs of MNIST are all ones.

    Args:
        label: only pairs in which at least one image has this label; None for all.
        max_distance: in full pixels.
        limit: largest number of pairs in each of the lists.
        progress: called with the share that is done. 70,000 images take about 15 seconds.
    """
    search = _Search(dataset, max_distance, limit)
    search.run(label, progress or (lambda share: None))
    return NearDuplicates(
        differing=search.listed(search.differing),
        of_label=tuple(search.listed(closest) for closest in search.of_label),
        n_found=search.n_found,
        n_across_splits=search.n_across_splits,
        n_different_labels=search.n_different_labels,
        is_complete=search.is_complete,
    )


class _Closest:
    """The closest pairs of rows (first < second) so far, sorted, at most `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.pairs = np.zeros((0, 2), np.int64)
        self.distances = np.zeros(0)

    @property
    def bound(self) -> float:
        """A pair that is farther apart has no place any more."""
        return float(self.distances[-1]) if len(self.distances) == self._limit else math.inf

    def add(self, pairs: Indices, distances: NDArray[np.float64]) -> None:
        pairs, distances = np.concatenate([self.pairs, pairs]), np.concatenate([self.distances, distances])
        order = np.lexsort((pairs[:, 1], pairs[:, 0], distances))[: self._limit]
        self.pairs, self.distances = pairs[order], distances[order]


class _Search:
    """Goes through all pairs of rows, label by label, and counts those that are close."""

    def __init__(self, dataset: Dataset, max_distance: float, limit: int) -> None:
        images = np.concatenate([dataset.train.images, dataset.test.images])
        self._labels = np.concatenate([dataset.train.labels, dataset.test.labels])
        self._n_train = len(dataset.train)
        self._flat = flat(images)
        self._left, self._right = _factors(images)
        self._max_distance = max_distance
        self.differing = _Closest(limit)
        self.of_label = tuple(_Closest(limit) for _ in range(N_CLASSES))
        self.n_found = self.n_across_splits = self.n_different_labels = 0

    @property
    def is_complete(self) -> bool:
        """Whether all pairs are counted. A set of many copies has more than anybody waits for."""
        return self.n_found <= MAX_COUNTED

    def listed(self, closest: _Closest) -> tuple[DuplicatePair, ...]:
        return tuple(
            DuplicatePair(
                first=_ref(int(first), self._n_train),
                second=_ref(int(second), self._n_train),
                distance=float(distance),
                has_same_label=closest is not self.differing,
            )
            for (first, second), distance in zip(closest.pairs, closest.distances, strict=True)
        )

    def run(self, label: int | None, progress: Progress) -> None:
        rows = [np.flatnonzero(self._labels == each) for each in range(N_CLASSES)]
        blocks = [
            (rows[one], rows[other], self.of_label[one] if one == other else self.differing)
            for one, other in combinations_with_replacement(range(N_CLASSES), 2)
            if label in (None, one, other)
        ]
        total = max(1, sum(len(one) * len(other) for one, other, _ in blocks))
        done = 0
        for one, other, closest in blocks:
            for start, stop in _ranges(len(one)):
                for low, high in _ranges(len(other), 0 if closest is self.differing else start):
                    self._compare(one[start:stop], other[low:high], closest)
                done += (stop - start) * len(other)
                progress(done / total)

    def _bound(self, closest: _Closest) -> float:
        """The largest distance that is of interest; negative where only more copies could be found."""
        if self.is_complete:
            return self._max_distance
        return min(self._max_distance, closest.bound) if closest.bound else -1.0

    def _compare(self, first: Indices, second: Indices, closest: _Closest) -> None:
        """Find the close ones among all pairs of these rows."""
        bound = self._bound(closest)
        if bound < 0:
            return
        lowest = np.float32(-((bound + ROUNDING) ** 2) / 2 - ROUNDING)
        is_close = self._left[first] @ self._right[second].T >= lowest
        close = np.flatnonzero(is_close)  # of a view with one dimension, which is four times as fast as `argwhere`
        pairs = np.column_stack([first[close // len(second)], second[close % len(second)]])
        if closest is self.differing:
            pairs.sort(axis=1)
        else:
            pairs = pairs[pairs[:, 0] < pairs[:, 1]]
        for low in range(0, len(pairs), BATCH):
            if self._bound(closest) >= 0:
                self._add(pairs[low : low + BATCH], closest)

    def _add(self, pairs: Indices, closest: _Closest) -> None:
        distances = self._measure(pairs)
        is_near = distances <= self._max_distance
        pairs, distances = pairs[is_near], distances[is_near]
        if self.is_complete:
            self.n_found += len(pairs)
            self.n_across_splits += int(((pairs < self._n_train).sum(axis=1) == 1).sum())
            self.n_different_labels += len(pairs) if closest is self.differing else 0
        closest.add(pairs, distances)

    def _measure(self, pairs: Indices) -> NDArray[np.float64]:
        distances = np.zeros(len(pairs))
        for start, stop in _ranges(len(pairs)):
            first, second = pairs[start:stop].T
            difference = self._flat[first].astype(np.int32) - self._flat[second]
            distances[start:stop] = np.sqrt(np.einsum("ij,ij->i", difference, difference)) / 255
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
