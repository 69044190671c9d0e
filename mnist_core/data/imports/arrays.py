"""Converts imported images and labels of various shapes and ranges to uint8 (N, 28, 28) and (N,)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.dataset import N_CLASSES, SIDE, UInt8Array
from mnist_core.data.imports.uploads import MAX_IMAGES
from mnist_core.errors import DatasetError, shown

MIN_SIDE, MAX_SIDE = 4, 512
CHUNK = 4096
DARK_ON_LIGHT = 127.5
MIXED_SHARE = 0.05


def byte_images(values: NDArray[Any], title: str) -> tuple[UInt8Array, tuple[str, ...]]:
    """Images uint8 (N, 28, 28) from numbers of any plain type, with notes on the changes.

    Accepts (N, H, W), (N, H, W, 1 or 3), (N, 1, H, W) and (N, pixels of a square); values 0 to 255, 0 to 1, or whole
    numbers up to 16.

    Raises:
        DatasetError: another shape, values out of range or NaN, too many images; `title` names the file.
    """
    stack = _stack(values, title)
    grey, notes = _bytes(stack, title)
    if grey.shape[1:] != (SIDE, SIDE):
        notes += (f"Resized from {grey.shape[1]} x {grey.shape[2]} to {SIDE} x {SIDE} pixels.",)
        grey = np.stack([fitted(Image.fromarray(image)) for image in grey])
    upright, background_notes = light_on_dark(grey)
    return upright, notes + background_notes


def byte_labels(values: NDArray[Any], title: str) -> UInt8Array:
    """Labels uint8 (N,) from whole numbers 0 to 9 of any type, shape (N,), (N, 1), or one-hot (N, 10).

    Raises:
        DatasetError: anything else; names the first wrong value.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.shape[1] == N_CLASSES and _is_one_hot(values):
        values = values.argmax(axis=1)
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        received = f"{values.dtype} of shape {values.shape}"
        raise DatasetError(f"Invalid labels in {title}. Expected one number for each image. Received: {received}.")
    with np.errstate(invalid="ignore"):
        is_wrong = ~((values >= 0) & (values < N_CLASSES) & (values == np.floor(values)))
    if is_wrong.any():
        row = int(is_wrong.argmax())
        raise DatasetError(
            f"A label in {title} is not a digit. Expected 0 to {N_CLASSES - 1}. "
            f"Received: {shown(values[row].item())} (row {row + 1:,})."
        )
    return values.astype(np.uint8)


def fitted(image: Image.Image) -> UInt8Array:
    """A grey image of any size as 28 x 28 pixels: in proportion, centred, with a margin in the colour of its border."""
    scale = SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = image.resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    if (width, height) == (SIDE, SIDE):
        return np.asarray(small, np.uint8)
    margin = int(np.median(_border(np.asarray(small, np.uint8)[np.newaxis])))
    canvas = np.full((SIDE, SIDE), margin, np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    canvas[top : top + height, left : left + width] = np.asarray(small)
    return canvas


def light_on_dark(images: UInt8Array) -> tuple[UInt8Array, tuple[str, ...]]:
    """The images, inverted if most have a light border, with a note: networks here expect light digits on black."""
    is_light = np.median(_border(images), axis=1) > DARK_ON_LIGHT
    share = float(is_light.mean()) if len(images) else 0.0
    notes: tuple[str, ...] = ()
    if share > 0.5:
        images = 255 - images
        notes = ("Inverted, because the digits were dark on a light background.",)
    other = min(share, 1 - share)
    if other >= MIXED_SHARE:
        count = round(other * len(images))
        notes += (f"{count:,} of {len(images):,} images seem to have the opposite background of the others.",)
    return images, notes


def _border(images: UInt8Array) -> UInt8Array:
    """The outermost pixels of each image (N, M)."""
    edges = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    return np.concatenate(edges, axis=1)


def _stack(values: NDArray[Any], title: str) -> NDArray[Any]:
    if values.dtype.kind not in "biuf":
        raise DatasetError(f"The images in {title} are not numbers. Received: {values.dtype}.")
    if len(values.shape) and values.shape[0] > MAX_IMAGES:
        raise DatasetError(f"{title} has too many images. Expected at most {MAX_IMAGES:,}. Received: {len(values):,}.")
    if values.size == 0:
        raise DatasetError(f"There are no images in {title}.")
    shaped = _as_height_width(values)
    if shaped is None or not all(MIN_SIDE <= side <= MAX_SIDE for side in shaped.shape[1:3]):
        raise DatasetError(
            f"Invalid images in {title}. Expected (N, {SIDE}, {SIDE}), (N, {SIDE * SIDE}) or another size "
            f"from {MIN_SIDE} to {MAX_SIDE}. Received: {values.shape}."
        )
    return shaped


def _as_height_width(values: NDArray[Any]) -> NDArray[Any] | None:
    """The values as (N, H, W) or (N, H, W, 3)."""
    if values.ndim == 2:
        side = math.isqrt(values.shape[1])
        return values.reshape(-1, side, side) if side * side == values.shape[1] else None
    if values.ndim == 4 and values.shape[1] == 1:
        return values[:, 0]
    if values.ndim == 4 and values.shape[3] == 1:
        return values[..., 0]
    return values if values.ndim == 3 or (values.ndim == 4 and values.shape[3] == 3) else None


def _bytes(values: NDArray[Any], title: str) -> tuple[UInt8Array, tuple[str, ...]]:
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise DatasetError(f"The images in {title} have values that are not finite numbers.")
    if low < 0 or high > 255:
        raise DatasetError(f"The images in {title} are out of range. Expected 0 to 255. Received: {low} to {high}.")
    factor, notes = _factor(float(high), is_whole=values.dtype.kind in "iu")
    if values.dtype == np.uint8 and factor == 1 and values.ndim == 3:
        return np.ascontiguousarray(values), notes
    if values.ndim == 4:
        notes += ("Converted from colour to grey.",)
    parts = [_grey_bytes(values[start : start + CHUNK], factor) for start in range(0, len(values), CHUNK)]
    return np.concatenate(parts), notes


def _factor(high: float, *, is_whole: bool) -> tuple[float, tuple[str, ...]]:
    if high <= 1:
        return 255.0, ("Values from 0 to 1 were scaled to 0 to 255.",)
    if is_whole and high <= 16:
        return 255.0 / high, (f"Values from 0 to {high:g} were scaled to 0 to 255.",)
    return 1.0, ()


def _grey_bytes(values: NDArray[Any], factor: float) -> UInt8Array:
    floats = values.astype(np.float32)
    if floats.ndim == 4:
        floats = floats @ np.array([0.299, 0.587, 0.114], np.float32)  # luma of ITU-R BT.601, as Pillow's mode L
    grey: UInt8Array = np.clip(np.rint(floats * np.float32(factor)), 0, 255).astype(np.uint8)
    return grey


def _is_one_hot(values: NDArray[Any]) -> bool:
    return bool(np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all())
