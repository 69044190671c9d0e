"""Statistics of the classes and the splits of a data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from mnist_core.data.dataset import N_CLASSES, SIDE, Dataset, Float32Array, Split, SplitName, UInt8Array

Counts = NDArray[np.int64]
CHUNK = 4_096


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClassStatistics:
    """Class balance, mean images and deviation images of one split.

    Attributes:
        counts: images of each class, int64 (10,).
        means: mean image of each class, float32 (10, 28, 28), in pixel values 0 to 255; zeros for an empty class.
        deviations: standard deviation of each pixel within the class (of the population), likewise.
    """

    counts: Counts
    means: Float32Array
    deviations: Float32Array

    def __post_init__(self) -> None:
        for array in (self.counts, self.means, self.deviations):
            array.setflags(write=False)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of the images that each class has, float64 (10,)."""
        return np.asarray(self.counts / max(1, int(self.counts.sum())))

    def difference(self, first: int, second: int) -> Float32Array:
        """Mean of one class minus mean of another, float32 (28, 28), from -255 to 255."""
        return np.asarray(self.means[first] - self.means[second])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SplitComparison:
    """Whether the two splits look alike.

    Attributes:
        shares: share of each class in each split, in %; columns train and test, one row per class.
        p_value: of Pearson's chi-squared test that both splits have the same balance of classes; None if a split has
            only classes the other lacks, or there is one class.
        mean_pixel, pixel_deviation: by split name, in pixel values 0 to 255.
        mean_difference: mean test image minus mean training image, float32 (28, 28).
    """

    shares: pd.DataFrame
    p_value: float | None
    mean_pixel: dict[str, float]
    pixel_deviation: dict[str, float]
    mean_difference: Float32Array


def class_statistics(split: Split) -> ClassStatistics:
    """Counts, mean and deviation image of each class of the split."""
    counts = class_counts(split)
    means = np.zeros((N_CLASSES, SIDE, SIDE), np.float32)
    deviations = np.zeros_like(means)
    for label in np.flatnonzero(counts):
        sums, squares, n = _sums(split.images, np.flatnonzero(split.labels == label))
        mean = sums / n
        means[label] = mean
        deviations[label] = np.sqrt(np.maximum(squares / n - mean**2, 0))
    return ClassStatistics(counts=counts, means=means, deviations=deviations)


def class_counts(split: Split) -> Counts:
    """Images of each class, int64 (10,)."""
    return np.bincount(split.labels, minlength=N_CLASSES).astype(np.int64)


def pixel_histogram(images: UInt8Array) -> Counts:
    """How many pixels have each value 0 to 255, int64 (256,)."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(images), CHUNK):  # `bincount` makes eight bytes of every pixel
        counts += np.bincount(images[start : start + CHUNK].reshape(-1), minlength=256)
    return counts


def compare_splits(dataset: Dataset) -> SplitComparison:
    """Class balance and pixel values of the training and the test split."""
    counts = {name.value: class_counts(dataset.split(name)) for name in SplitName}
    shares = pd.DataFrame({name: 100 * count / count.sum() for name, count in counts.items()})
    shares.index.name = "label"
    histograms = {name.value: pixel_histogram(dataset.split(name).images) for name in SplitName}
    moments = {name: _moments(histogram) for name, histogram in histograms.items()}
    means = {name: dataset.split(name).images.mean(axis=0, dtype=np.float64) for name in SplitName}
    return SplitComparison(
        shares=shares,
        p_value=_balance_p_value(counts["train"], counts["test"]),
        mean_pixel={name: mean for name, (mean, _) in moments.items()},
        pixel_deviation={name: deviation for name, (_, deviation) in moments.items()},
        mean_difference=(means[SplitName.TEST] - means[SplitName.TRAIN]).astype(np.float32),
    )


def _balance_p_value(train: Counts, test: Counts) -> float | None:
    table = np.stack([train, test])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return None
    return float(stats.chi2_contingency(table).pvalue)


def _moments(histogram: Counts) -> tuple[float, float]:
    values = np.arange(256)
    n = max(1, int(histogram.sum()))
    mean = float(histogram @ values) / n
    return mean, float((histogram @ (values - mean) ** 2) / n) ** 0.5


def _sums(images: UInt8Array, rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Sum and sum of squares of each pixel over these rows, and how many rows there are; exact."""
    sums, squares = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for start in range(0, len(rows), CHUNK):
        part = images[rows[start : start + CHUNK]].astype(np.uint32)
        sums += part.sum(axis=0)
        squares += (part * part).sum(axis=0)
    return sums, squares, len(rows)
