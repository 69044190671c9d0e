"""Ink and background: told apart from each other by how much of an image, and of its border, is light or dark."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array

DARK, LIGHT = 85, 170
MIXED_SHARE = 0.05
CLEAR_BORDER = 0.75


def is_background_light(images: UInt8Array) -> bool:
    """Whether most of the images (N, H, W), scaled to 0 to 255, have more light than dark pixels.

    The border counts twice: there is less ink. Half of the ink may touch it.
    """
    return bool(len(images) and 2 * _leans_light(images).sum() > len(images))


def with_one_background(images: UInt8Array, *, is_light: bool) -> tuple[UInt8Array, tuple[str, ...]]:
    """The images as if all had a light background, or all a dark one, and a note if some clearly have the other.

    Those are inverted where they are many. A few may be something else, such as a shape that fills its frame: they are
    only named.
    """
    light, dark = _border_share(images, light=True), _border_share(images, light=False)
    wrong, right = (dark, light) if is_light else (light, dark)
    rows = np.flatnonzero((wrong >= CLEAR_BORDER) & (right < 1 - CLEAR_BORDER))
    if len(rows):
        rows = rows[_leans_light(images[rows]) != is_light]
    if not len(rows):
        return images, ()
    found = f"{len(rows):,} of {len(images):,} images had a {'dark' if is_light else 'light'} background"
    if len(rows) < MIXED_SHARE * len(images):
        return images, (f"{found}, unlike the others. They were treated like the others.",)
    evened = images.copy()
    evened[rows] = 255 - evened[rows]
    return evened, (f"{found}, unlike the others, and were inverted.",)


def border(images: UInt8Array) -> UInt8Array:
    """The outermost pixels of each image (N, M)."""
    edges = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    return np.concatenate(edges, axis=1)


def _counts(images: UInt8Array, *, light: bool) -> NDArray[np.int64]:
    flat = images.reshape(len(images), -1)
    is_so = (flat >= LIGHT, border(images) >= LIGHT) if light else (flat <= DARK, border(images) <= DARK)
    return np.asarray(is_so[0].sum(axis=1) + is_so[1].sum(axis=1), np.int64)


def _leans_light(images: UInt8Array) -> NDArray[np.bool_]:
    return _counts(images, light=True) > _counts(images, light=False)


def _border_share(images: UInt8Array, *, light: bool) -> NDArray[np.float64]:
    edges = border(images)
    return np.asarray((edges >= LIGHT if light else edges <= DARK).mean(axis=1), np.float64)
