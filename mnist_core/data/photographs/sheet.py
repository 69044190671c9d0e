"""Reads a photograph of handwritten digits: where each is, and its ink as if it had been drawn on a pad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mnist_core.data.dataset import Float32Array, UInt8Array
from mnist_core.data.drawing import PAD_SIDE
from mnist_core.data.photographs.finding import Box, Group, find_groups
from mnist_core.data.photographs.lines import line_pixels
from mnist_core.data.photographs.opening import opened_photograph
from mnist_core.data.photographs.paper import Ink, find_ink
from mnist_core.data.sources.bundled import BOX

DRAWN_SIDE = 80
"""The longer side of a digit of a photograph on a pad: it shrinks to 20 pixels without a remainder."""
MARGIN = 2
FULL_PERCENTILE = 75
"""Ink as strong as this share of a digit's own ink is full."""
PAPER_SHARE = 0.14
"""What is weaker than this share of full ink is paper."""
STROKE_SHARE = 0.4
THIN, USUAL = 1.7, 2.3
"""Stroke width in pixels of a digit of 20: thinner ones are drawn with a broader pen, as MNIST's own were."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FoundDigit:
    """One digit of a photograph.

    Attributes:
        box: where it is on the picture of the sheet.
        drawing: its ink on an empty pad, uint8 (112, 112), as a pen would have drawn it.
    """

    box: Box
    drawing: UInt8Array


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sheet:
    """A photograph and the digits on it.

    Attributes:
        picture: uint8 (H, W), upright, at most 1,600 pixels on its longer side.
        digits: in reading order.
        is_bright: whether the ink is brighter than the paper.
        has_lines: whether lines were removed.
        notes: sentences on what was done to the file.
    """

    picture: UInt8Array
    digits: tuple[FoundDigit, ...]
    is_bright: bool
    has_lines: bool
    notes: tuple[str, ...]


def read_photograph(data: bytes) -> Sheet:
    """The digits on a photograph of any common format; none if nothing on it stands out.

    Raises:
        DatasetError: it cannot be read, or is over the limits.
    """
    grey, notes = opened_photograph(data)
    sheet = _read(grey, notes)
    if sheet.digits:
        return sheet
    cropped = _read(grey, notes, is_cropped=True)
    return cropped if cropped.digits else sheet


def _read(grey: Float32Array, notes: tuple[str, ...], *, is_cropped: bool = False) -> Sheet:
    picture = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    ink = find_ink(grey, is_cropped=is_cropped)
    if ink is None:
        return Sheet(picture=picture, digits=(), is_bright=False, has_lines=False, notes=notes)
    lines = line_pixels(ink.faint)
    labels, groups = find_groups(ink.mask & ~lines, is_cropped=is_cropped)
    return Sheet(
        picture=picture,
        digits=tuple(FoundDigit(box=group.box, drawing=_drawing(ink, lines, labels, group)) for group in groups),
        is_bright=ink.is_bright,
        has_lines=bool(lines.any()),
        notes=notes,
    )


def _drawing(ink: Ink, lines: NDArray[np.bool_], labels: NDArray[np.int32], group: Group) -> UInt8Array:
    """The ink of one digit on an empty pad."""
    box, (height, width) = group.box, labels.shape
    rows = slice(max(0, box.top - MARGIN), min(height, box.bottom + MARGIN))
    columns = slice(max(0, box.left - MARGIN), min(width, box.right + MARGIN))
    own = np.isin(labels[rows, columns], group.parts)
    around = ndimage.binary_dilation(own, np.ones((3, 3)), iterations=MARGIN) & ~(lines[rows, columns] & ~own)
    strength = ink.strength[rows, columns]
    full = float(np.percentile(strength[own], FULL_PERCENTILE))
    share = np.clip(strength / max(full, 1e-6), 0, 1)
    share = np.where(around & (share >= PAPER_SHARE), share, 0).astype(np.float32)
    return _on_pad(_broadened(_resized(share)))


def _resized(share: Float32Array) -> Float32Array:
    """Ink from 0 to 1, cropped, at the size that a digit has on a pad."""
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    ink = share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = DRAWN_SIDE / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    resized = Image.fromarray(ink.astype(np.float32)).resize((width, height), method)
    return np.clip(np.asarray(resized, np.float32), 0, 1)


def _broadened(share: Float32Array) -> Float32Array:
    """A thin stroke drawn with a broader pen; others as they are."""
    own = np.pad(share >= STROKE_SHARE, 1)
    if not own.any():
        return share
    # Across a stroke of w pixels the distance to its edge grows from 1 to w / 2 and falls: its mean is w / 4 + 1/2.
    width = 4 * float(ndimage.distance_transform_edt(own)[own].mean()) - 2
    unit = DRAWN_SIDE / BOX
    if width >= THIN * unit:
        return share
    radius = max(1, round((USUAL * unit - width) / 2))
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disk = np.hypot(y, x) <= radius + 0.3
    return np.asarray(ndimage.grey_dilation(np.pad(share, radius), footprint=disk), np.float32)


def _on_pad(ink: Float32Array) -> UInt8Array:
    """Ink from 0 to 1 in the middle of an empty pad."""
    height, width = ink.shape
    pad = np.zeros((PAD_SIDE, PAD_SIDE), np.uint8)
    top, left = (PAD_SIDE - height) // 2, (PAD_SIDE - width) // 2
    pad[top : top + height, left : left + width] = np.rint(255 * ink).astype(np.uint8)
    return pad
