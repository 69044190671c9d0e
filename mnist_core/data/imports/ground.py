"""Ink and ground: told apart from each other by how much of an image, and of its border, is light or dark."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array

DARK, LIGHT = 85, 170
MIXED_SHARE = 0.05
CLEAR_BORDER = 0.75


def is_ground_light(images: UInt8Array) -> bool:
    """Whether most of the images (N, H, W), scaled to 0 to 255, have more light than dark pixels.

    The border counts twice: there is less ink. Half of the ink may touch it.
    """
    light, dark = _counts(images, light=True), _counts(images, light=False)
    return bool(len(images) and 2 * (light > dark).sum() > len(images))


def mixture_notes(images: UInt8Array, *, is_light: bool) -> tuple[str, ...]:
    """A note if some images clearly have the opposite ground of the others."""
    light, dark = _border_share(images, light=True), _border_share(images, light=False)
    wrong, right = (dark, light) if is_light else (light, dark)
    opposite = (wrong >= CLEAR_BORDER) & (right < 1 - CLEAR_BORDER) & (_leans_light(images) != is_light)
    n = int(opposite.sum())
    if n < max(1, MIXED_SHARE * len(images)):
        return ()
    words = "a dark background, unlike the others" if is_light else "a light background, unlike the others"
    return (f"{n:,} of {len(images):,} images seem to have {words}. They were treated like the others.",)


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
