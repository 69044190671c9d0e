"""The scale of pixel values: which values stand for the darkest and the lightest, found by robust quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import DatasetError

Floats = NDArray[np.float64]

USUAL = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (0.0, 65535.0))
"""Ranges that people store images in. What fits none of them is stretched from its own darkest to its lightest."""

TAIL = 0.001  # share of the values at each end that may be outliers
NEAR = 0.15  # of the range: how near the background lies to its end
NEAR_EXACT = 0.03  # the same, for a background of one value
BEYOND = 0.6  # of the range: noise may leave it so far
REACH = 0.75  # of the range: how far the values have to reach from the background
NOISE_SHARE = 0.25  # of the values beyond the background: half of a noisy background
LEVELS = 64
FLAT = 32  # grey levels of 255: an image with less contrast shows nothing
MIN_FOR_STANDARDISED = 50
TOLERANCE = 0.01  # of 255 levels: rounding is no outlier


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """The values that become 0 and 255."""

    low: float
    high: float

    @property
    def is_bytes(self) -> bool:
        return (self.low, self.high) == (0.0, 255.0)

    def to_bytes(self, values: NDArray[Any]) -> tuple[UInt8Array, int]:
        """Values of any type as bytes, and how many of them were outliers, which are clipped."""
        if values.dtype == np.uint8 and self.is_bytes:
            return values, 0
        scaled = (values.astype(np.float64) - self.low) * (255.0 / (self.high - self.low))
        n_outside = int(((scaled < -TOLERANCE) | (scaled > 255 + TOLERANCE)).sum())
        return np.clip(np.rint(scaled), 0, 255).astype(np.uint8), n_outside

    def notes(self, n_clipped: int, n_values: int) -> tuple[str, ...]:
        """What is done to the values."""
        ends = f"{_number(self.low)} to {_number(self.high)}"
        notes: tuple[str, ...] = () if self.is_bytes else (f"Values from {ends} were scaled to 0 to 255.",)
        if n_clipped:
            notes += (f"{n_clipped:,} of {n_values:,} pixel values lie outside {ends} and were clipped.",)
        return notes


def scale_of(sample: Floats, title: str) -> Scale:
    """The scale of images, from a sample of them (n, H, W).

    Raises:
        DatasetError: the values are not finite, all equal, or standardised pixel by pixel, which cannot be undone.
    """
    low, high = float(sample.min()), float(sample.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        n = int((~np.isfinite(sample)).sum())
        raise DatasetError(
            f"The images in {title} have values that are not finite numbers ({n:,} in a sample of {len(sample):,} "
            "images). Replace them, for example with numpy.nan_to_num, and save the file again."
        )
    if low == high:
        raise DatasetError(
            f"The images in {title} are empty: every pixel has the value {_number(low)}. "
            "Expected light digits on a dark background, or dark ones on a light background."
        )
    _check_not_standardised(sample, title)
    tails = np.quantile(sample, (TAIL, 1 - TAIL))
    background, is_exact = _most_frequent(sample, (float(tails[0]), float(tails[1])))
    ends, near = _without_noise(sample, background, tails), NEAR_EXACT if is_exact else NEAR / 2
    usual = next((usual for usual in USUAL if _fits(usual, background, ends, near)), None)
    found = usual or _own_range(background, ends, (low, high))
    return Scale(low=found[0], high=found[1])


def check_contrast(images: UInt8Array, title: str) -> tuple[str, ...]:
    """Notes on images (N, H, W) that show nothing.

    Raises:
        DatasetError: half of them or more are of one colour.
    """
    flat = images.reshape(len(images), -1)
    n_flat = int((flat.max(axis=1).astype(int) - flat.min(axis=1) < FLAT).sum())
    if 2 * n_flat >= len(images):
        raise DatasetError(
            f"{n_flat:,} of {len(images):,} images in {title} are nearly black or nearly white, so that no digit can "
            "be seen. Expected light digits on a dark background, or dark ones on a light background. "
            "Check the values of the pixels, and whether all images have the same scale."
        )
    if not n_flat:
        return ()
    return (f"{n_flat:,} of {len(images):,} images show nothing: they are nearly of one colour.",)


def _without_noise(sample: Floats, background: float, tails: Floats) -> tuple[float, float]:
    """The robust ends of the values; a noisy background, of which much lies beyond its usual value, is an end."""
    low, high = float(tails[0]), float(tails[1])
    if (sample < background).mean() >= NOISE_SHARE and background - low < high - background:
        return background, high
    if (sample > background).mean() >= NOISE_SHARE and high - background < background - low:
        return low, background
    return low, high


def _fits(usual: tuple[float, float], background: float, ends: tuple[float, float], near: float) -> bool:
    """Whether a range explains values: the background at one end, the ink near the other, hardly anything beyond."""
    low, high = usual
    width = high - low
    if ends[0] < low - BEYOND * width or ends[1] > high + BEYOND * width:
        return False
    if abs(background - low) <= near * width:
        return ends[1] >= low + REACH * width
    return abs(background - high) <= near * width and ends[0] <= high - REACH * width


def _own_range(background: float, ends: tuple[float, float], extremes: tuple[float, float]) -> tuple[float, float]:
    """From the darkest to the lightest value, without a few outliers; a background near an end is that end."""
    low, high = ends
    if low == high:
        return extremes
    width = high - low
    low = extremes[0] if low - extremes[0] <= width / 10 else low
    high = extremes[1] if extremes[1] - high <= width / 10 else high
    width = high - low
    if background - low <= NEAR * width:
        return background, high
    return (low, background) if high - background <= NEAR * width else (low, high)


def _most_frequent(sample: Floats, tails: tuple[float, float]) -> tuple[float, bool]:
    """The most frequent value, and whether it is one value; of values that are spread out, the middle of the peak."""
    values, counts = np.unique(sample, return_counts=True)
    if 4 * counts.max() >= sample.size or tails[0] == tails[1]:
        return float(values[counts.argmax()]), True
    counts, edges = np.histogram(sample, bins=LEVELS, range=tails)
    top = int(counts.argmax())
    near = sample[(sample >= edges[max(0, top - 1)]) & (sample <= edges[min(LEVELS, top + 2)])]
    return float(np.median(near)), False


def _check_not_standardised(sample: Floats, title: str) -> None:
    """Raise if each pixel has mean 0 over the images: the digits cannot be had back from that."""
    if len(sample) < MIN_FOR_STANDARDISED or sample.min() >= 0:
        return
    means, spreads = sample.mean(axis=0), sample.std(axis=0)
    varies = spreads > 1e-6
    if varies.mean() < 0.25:
        return
    relative = np.abs(means[varies]) / spreads[varies]
    if np.median(relative) < 2 / np.sqrt(len(sample)) + 0.02 and np.quantile(relative, 0.9) < 0.5:
        raise DatasetError(
            f"The images in {title} were centred pixel by pixel: every pixel has the mean 0 over all images. "
            "The digits cannot be restored from that. Save the images before this step, and import them."
        )


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
