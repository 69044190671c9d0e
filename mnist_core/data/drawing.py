"""A drawing as MNIST prepared its own digits: the ink fitted into 20 x 20 pixels, its centre of mass in the middle.

The preparation is described with the data (Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits).
A network that has seen only such digits misclassifies one in the corner of a pad, however clear it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.data.sources.bundled import BOX

CENTRE = SIDE // 2
PAD_SIDE = 112
"""Side of a large pad in pixels: four to a pixel of a digit, so that what is drawn can be cropped and fitted."""
DOT_SIDE, DOT_FILL = 0.16, 0.6
"""A drawing that is smaller than this share of the pad, and fills its box to this share, is a dot rather than a 0."""
SPECK_SIDE = 0.06
"""A drawing smaller than this share of the pad has too few pixels to be a digit, whatever its shape."""
FULL = 0.75
"""A pad that is inked to this share shows no digit."""
FAINT = 12
"""Specks that are nowhere brighter than this are no ink: a picture that was enlarged has them around its strokes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Preparation:
    """A drawing on its way to the network.

    Attributes:
        drawn: uint8 (H, W), bright ink on 0.
        cropped: the smallest box with all ink.
        fitted: the box in proportion, its longer side 20 pixels.
        placed: uint8 (28, 28), the box with its centre of mass in the middle: what the network gets.
    """

    drawn: UInt8Array
    cropped: UInt8Array
    fitted: UInt8Array
    placed: UInt8Array


def preparation(drawing: UInt8Array) -> Preparation | None:
    """Every step from a drawing, uint8 (H, W) with bright ink on 0, to a digit of MNIST; None if it has no ink."""
    cropped = _cropped(_without_specks(drawing))
    if cropped is None:
        return None
    fitted = _fitted(cropped)
    return Preparation(drawn=drawing, cropped=cropped, fitted=fitted, placed=_placed(fitted))


def prepared(drawing: UInt8Array) -> UInt8Array:
    """The drawing, uint8 (H, W) with bright ink on 0, as a digit of MNIST, uint8 (28, 28); all 0 if it has no ink."""
    steps = preparation(drawing)
    return np.zeros((SIDE, SIDE), np.uint8) if steps is None else steps.placed


def drawing_problem(drawing: UInt8Array) -> str | None:
    """Why a pad, uint8 (H, W), shows no digit, as a sentence; None if it may show one."""
    ink = drawing > 127
    box = _cropped(ink.astype(np.uint8))
    if box is None:
        return "The pad is empty. Draw a digit on it."
    longer = max(box.shape) / max(drawing.shape)
    if longer < SPECK_SIDE or (longer < DOT_SIDE and box.mean() > DOT_FILL):
        return "There is only a dot on the pad. Draw a whole digit, as large as you like."
    if ink.mean() > FULL:
        return "Nearly the whole pad is ink. Clear it and draw a digit with thinner strokes."
    return None


def digit_on(drawing: UInt8Array) -> UInt8Array | None:
    """The digit on a pad, uint8 (H, W), as a network gets it, uint8 (28, 28); None if the pad shows none."""
    steps = None if drawing_problem(drawing) else preparation(drawing)
    return None if steps is None else steps.placed


def _without_specks(drawing: UInt8Array) -> UInt8Array:
    """The drawing without faint ink that touches no other; one of 28 x 28 pixels stays as it is."""
    if drawing.size <= SIDE * SIDE:
        return drawing
    from scipy import ndimage  # loads for a while, and the pad of the first page has 28 x 28 pixels

    parts, n_parts = ndimage.label(drawing, structure=np.ones((3, 3)))
    brightest = ndimage.maximum(drawing, parts, np.arange(n_parts + 1))
    is_ink = np.asarray(brightest) > FAINT
    return drawing if is_ink[1:].all() else drawing * is_ink[parts]


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


def _placed(box: UInt8Array) -> UInt8Array:
    """The box on 28 x 28 pixels, its centre of mass in the middle."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    height, width = box.shape
    top, left = _margin(box.sum(axis=1), height), _margin(box.sum(axis=0), width)
    canvas[top : top + height, left : left + width] = box
    return canvas


def _margin(profile: np.ndarray, length: int) -> int:
    """Pixels before a box whose ink along a side is `profile`, so that its centre of mass is in pixel 14, from 0.

    That is where MNIST's own digits have it, half a pixel beyond the middle of 28.
    """
    centre = (profile @ np.arange(length)) / max(1, profile.sum())
    return int(np.clip(round(CENTRE - centre), 0, SIDE - length))
