"""A drawing as MNIST prepared its own digits: the ink fitted into 20 x 20 pixels, its centre of mass in the middle.

The preparation is described with the data (Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits).
A network that has seen only such digits misclassifies one in the corner of a pad, however clear it is.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.data.sources.bundled import BOX

CENTRE = SIDE // 2


def prepared(drawing: UInt8Array) -> UInt8Array:
    """The drawing, uint8 (H, W) with bright ink on 0, as a digit of MNIST, uint8 (28, 28); all 0 if it has no ink."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    ink = _cropped(drawing)
    if ink is None:
        return canvas
    box = _fitted(ink)
    height, width = box.shape
    top, left = _margin(box.sum(axis=1), height), _margin(box.sum(axis=0), width)
    canvas[top : top + height, left : left + width] = box
    return canvas


def _cropped(drawing: UInt8Array) -> UInt8Array | None:
    """The smallest box with all ink; None if there is none."""
    rows, columns = np.flatnonzero(drawing.any(axis=1)), np.flatnonzero(drawing.any(axis=0))
    if len(rows) == 0:
        return None
    return drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fitted(ink: UInt8Array) -> UInt8Array:
    """The box in proportion, its longer side 20 pixels."""
    scale = BOX / max(ink.shape)
    if scale == 1:
        return ink
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    # To shrink, every pixel is the mean of the area it covers: a thin line does not fall through.
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(np.ascontiguousarray(ink)).resize((width, height), method))


def _margin(profile: np.ndarray, length: int) -> int:
    """Pixels before a box whose ink along a side is `profile`, so that its centre of mass is in pixel 14, from 0.

    That is where MNIST's own digits have it, half a pixel beyond the middle of 28.
    """
    centre = (profile @ np.arange(length)) / max(1, profile.sum())
    return int(np.clip(round(CENTRE - centre), 0, SIDE - length))
