"""Tells ink from paper under uneven light, whichever of the two is the darker one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mnist_core.data.dataset import Float32Array

CELLS = 48
"""Blocks along the longer side on which the light is measured: a block is wider than a stroke."""
WINDOW = 25
"""Blocks around each one that tell its light: half the picture, so that a large digit does not pass for paper."""
ROUNDS = 6
SMOOTHING = 0.8
FRAME_SHARE = 0.2
"""Of the longer side: the width of the empty paper that is laid around a picture cropped to its digits."""
PAPER, CROPPED_PAPER = (50, 1.4826), (25, 3.1383)
"""Percentile of the differences from the paper, and how many times it the standard deviation of the noise is. On a
picture cropped to its digit, ink and its blurred edges take more than half."""
LEAST_CONTRAST = 0.06
"""Ink that differs less than this from its paper, as a share, cannot be told from it."""
DEVIATIONS = 5.0
"""Noise of this many standard deviations is no ink."""
LEVEL_PERCENTILE = 97
INK_SHARE, FAINT_SHARE = 0.36, 0.13
"""A pixel with the first share of the contrast of the ink is ink, with the second one perhaps."""
LEAST_PIXELS = 12


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ink:
    """The ink on a photograph.

    Attributes:
        strength: float32 (H, W), the contrast of each pixel with the paper around it; 0 is paper.
        mask: bool (H, W), which pixels are ink.
        faint: bool (H, W), the same with what is much weaker, such as the lines of the paper.
        is_bright: whether the ink is brighter than what it is on.
    """

    strength: Float32Array
    mask: NDArray[np.bool_]
    faint: NDArray[np.bool_]
    is_bright: bool


def find_ink(grey: Float32Array, *, is_cropped: bool = False) -> Ink | None:
    """The ink on grey levels 0 to 255, float32 (H, W); None if nothing stands out.

    If the picture is cropped to its digits, most of its edge is taken for paper, and not most of the picture.
    """
    smooth = ndimage.gaussian_filter(grey, SMOOTHING)
    paper = _paper_around(smooth) if is_cropped else _paper(smooth)
    difference = smooth - paper
    noise = _noise(difference, is_cropped)
    is_bright = _weight(difference, noise) > _weight(-difference, noise)
    # Light falls on ink as on paper: what ink takes away is a share of it.
    light = np.maximum(255 - paper if is_bright else paper, 40)
    signed = (difference if is_bright else -difference) / light
    strength = np.maximum(signed, 0).astype(np.float32)
    least = max(DEVIATIONS * _noise(signed, is_cropped), LEAST_CONTRAST)
    standing_out = strength[strength > least]
    if standing_out.size < LEAST_PIXELS:
        return None
    level = float(np.percentile(standing_out, LEVEL_PERCENTILE))
    return Ink(
        strength=strength,
        mask=strength > max(least, INK_SHARE * level),
        faint=strength > max(least, FAINT_SHARE * level),
        is_bright=is_bright,
    )


def _noise(difference: Float32Array, is_cropped: bool) -> float:
    """The standard deviation of the paper."""
    percentile, factor = CROPPED_PAPER if is_cropped else PAPER
    return factor * float(np.percentile(np.abs(difference), percentile))


def _weight(difference: Float32Array, noise: float) -> float:
    """How much there is beyond the noise, what stands out most first."""
    beyond = np.maximum(difference - 3 * noise, 0)
    return float(np.square(beyond, dtype=np.float64).sum())


def _paper(grey: Float32Array) -> Float32Array:
    """The grey level of the paper at each pixel: a smooth surface through most of it, then what differs locally."""
    height, width = grey.shape
    block = max(1, -(-max(height, width) // CELLS))
    rows, columns = -(-height // block), -(-width // block)
    padded = np.pad(grey, ((0, rows * block - height), (0, columns * block - width)), mode="edge")
    blocks = np.median(padded.reshape(rows, block, columns, block).swapaxes(1, 2).reshape(rows, columns, -1), axis=2)
    surface = _surface(blocks)
    local = ndimage.median_filter(blocks - surface, size=WINDOW, mode="nearest")
    small = (surface + ndimage.gaussian_filter(local, 1.5)).astype(np.float32)
    large = Image.fromarray(small).resize((columns * block, rows * block), Image.Resampling.BILINEAR)
    return np.asarray(large, np.float32)[:height, :width]


def _surface(blocks: NDArray[np.floating]) -> NDArray[np.float64]:
    """A quadratic surface through most of the blocks."""
    y, x = np.mgrid[-1 : 1 : blocks.shape[0] * 1j, -1 : 1 : blocks.shape[1] * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    return terms @ _through_most(blocks.ravel(), terms.reshape(-1, 6))


def _through_most(grey: NDArray[np.floating], terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factors of terms (N, K) for grey levels (N,), by least squares that trust outlying ones less each round."""
    values, trust = grey.astype(np.float64), np.ones(grey.size)
    fitted = np.full(grey.size, np.median(values))
    for _ in range(ROUNDS):
        error = np.abs(values - fitted)
        trust = 1 / (1 + np.square(error / max(1.4826 * float(np.median(error)), 1.0)))
        solution = np.linalg.lstsq(terms * trust[:, None], values * trust, rcond=None)[0]
        fitted = terms @ solution
    return np.asarray(solution)


def _paper_around(grey: Float32Array) -> Float32Array:
    """The grey level of the paper at each pixel, found with empty paper around, in the light on most of the edge."""
    width = round(FRAME_SHARE * max(grey.shape))
    own = np.s_[width:-width, width:-width]
    y, x = np.mgrid[-width : grey.shape[0] + width, -width : grey.shape[1] + width] / max(grey.shape)
    terms = np.stack([np.ones_like(x), x, y], axis=-1)
    is_edge = np.pad(np.zeros((grey.shape[0] - 2, grey.shape[1] - 2), np.bool_), 1, constant_values=True)
    framed = np.clip(terms @ _through_most(grey[is_edge], terms[own][is_edge]), 0, 255).astype(np.float32)
    framed[own] = grey
    return _paper(framed)[own]
