"""Arrays of images in whatever arrangement as a stack of grey images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE
from mnist_core.data.imports.limits import MAX_IMAGES, MAX_SIDE, MIN_SIDE
from mnist_core.errors import DatasetError

MAX_OBLONG = 4  # times longer than wide
CHUNK_PIXELS = 4_000_000
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of ITU-R BT.601, as Pillow's mode L


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stack:
    """Images of one size in an array.

    Attributes:
        values: (N, H, W), or (N, H, W, 3 or 4) with colour channels.
        notes: sentences on their arrangement.
    """

    values: NDArray[Any]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.values.shape[1], self.values.shape[2]

    @property
    def has_channels(self) -> bool:
        return self.values.ndim == 4

    def parts(self) -> Iterator[NDArray[Any]]:
        """Some images at a time."""
        step = max(1, CHUNK_PIXELS // math.prod(self.values.shape[1:]))
        for start in range(0, len(self), step):
            yield self.values[start : start + step]

    def grey_sample(self) -> NDArray[np.float64]:
        """As many images as fit into four million pixels, evenly spaced, as (n, H, W)."""
        n = min(len(self), max(1, CHUNK_PIXELS // math.prod(self.values.shape[1:])))
        rows = np.unique(np.linspace(0, len(self) - 1, n).astype(np.int64))
        return grey(self.values[rows]).astype(np.float64)

    def colour_notes(self) -> tuple[str, ...]:
        """What happens to the channels; colours are only mentioned if there are some."""
        if not self.has_channels:
            return ()
        for part in self.parts():
            if (part[..., 0] != part[..., 1]).any() or (part[..., 0] != part[..., 2]).any():
                return ("Converted from colour to grey.", *self._alpha_notes())
        return ("The colour channels are equal, so that the images are grey.", *self._alpha_notes())

    def _alpha_notes(self) -> tuple[str, ...]:
        """What happens to what is transparent, if anything is."""
        if self.values.shape[3] == 4 and (self.values[..., 3] != self.values[..., 3].max()).any():
            return ("What is transparent was filled with a background that contrasts with the ink.",)
        return ()


def stacks(values: NDArray[Any]) -> tuple[Stack, ...]:
    """The ways in which an array may hold images, the usual one first; () if it cannot.

    Images first: (N, H, W), (N, pixels of a square), (N, H, W, C), (N, C, H, W), or last: (H, W, N), (pixels, N),
    (H, W, C, N), with C of 1, 3 or 4.
    """
    if values.dtype.kind not in "biuf" or values.ndim < 2:
        return ()
    values = _squeezed(values)
    if values.ndim == 2:
        found = _of_rows(values)
    elif values.ndim == 3:
        last = f"The images came last in their array ({' x '.join(map(str, values.shape))})."
        found = (Stack(values=values), Stack(values=np.moveaxis(values, -1, 0), notes=(last,)))
    elif values.ndim == 4:
        found = _of_channels(values)
    else:
        found = ()
    return tuple(stack for stack in found if _may_be_image(*stack.size))


def _may_be_image(height: int, width: int) -> bool:
    """Whether sides may be those of a digit: pixels packed as bits, eight to a byte, are too narrow for one."""
    low, high = sorted((height, width))
    return low >= MIN_SIDE and high <= MAX_SIDE and high <= MAX_OBLONG * low


def check_count(n: int, title: str) -> None:
    """Raise if an import has too many images."""
    if n > MAX_IMAGES:
        raise DatasetError(
            f"{title} has too many images. Expected at most {MAX_IMAGES:,}. Received: {n:,}. Import a part of them."
        )


def expected_shapes(values: NDArray[Any], title: str) -> str:
    """The error for an array that cannot hold images."""
    return (
        f"{title} does not hold images. Expected N x {SIDE} x {SIDE}, N x {SIDE * SIDE}, or another size "
        f"from {MIN_SIDE} to {MAX_SIDE} pixels. Received: {shown_shape(values)} of {values.dtype}.{bits_hint(values)}"
    )


def bits_hint(values: NDArray[Any]) -> str:
    """A sentence on an array of bytes that may be pixels packed as bits, with a blank before it; else empty."""
    if values.dtype != np.uint8 or values.ndim not in (2, 3):
        return ""
    n_bits = 8 * values.shape[-1]
    side = math.isqrt(n_bits) if values.ndim == 2 else values.shape[1]
    if n_bits != side * side if values.ndim == 2 else not side <= n_bits < side + 8:
        return ""
    cut = "" if n_bits == side or values.ndim == 2 else f"[:, :, :{side}]"
    return f" If these are pixels packed as bits, unpack them in Python: numpy.unpackbits(images, axis=-1){cut}."


def shown_shape(values: NDArray[Any]) -> str:
    """The sides of an array for a message."""
    return " x ".join(f"{side:,}" for side in values.shape) or "a single number"


def grey(values: NDArray[Any]) -> NDArray[Any]:
    """Images (n, H, W): unchanged, or from channels (n, H, W, 3 or 4) by luma, what is transparent filled."""
    if values.ndim == 3:
        return values
    colours = values[..., :3]
    if (colours[..., 0] == colours[..., 1]).all() and (colours[..., 0] == colours[..., 2]).all():
        luma = colours[..., 0]
    else:
        luma = colours.astype(np.float32) @ LUMA
    if values.shape[-1] == 4:
        return _over_background(luma, values[..., 3])
    return luma


def _over_background(luma: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    full = float(alpha.max())
    if full <= 0 or (alpha == full).all():
        return luma
    weights = alpha.astype(np.float32) / full
    top = 1.0 if full <= 1 else 255.0
    ink = float((luma * weights).sum() / weights.sum())
    background = top if ink < top / 2 else 0.0
    return np.asarray(luma * weights + background * (1 - weights))


def _squeezed(values: NDArray[Any]) -> NDArray[Any]:
    """Without axes of length 1, except the first and as long as three are left or a row of pixels."""
    for axis in range(values.ndim - 1, 0, -1):
        if values.ndim > 2 and values.shape[axis] == 1:
            values = values.squeeze(axis)
    return values


def _of_rows(values: NDArray[Any]) -> tuple[Stack, ...]:
    found = []
    for table, notes in ((values, ()), (values.T, ("Each column of the array was an image.",))):
        side = math.isqrt(table.shape[1])
        is_column = bool(notes) and len(table) == 1
        if side * side == table.shape[1] and side >= MIN_SIDE and not is_column:
            found.append(Stack(values=table.reshape(-1, side, side), notes=notes))
    return tuple(found)


def _of_channels(values: NDArray[Any]) -> tuple[Stack, ...]:
    shape = " x ".join(map(str, values.shape[1:]))
    found = []
    if values.shape[3] in (3, 4):
        found.append(Stack(values=values))
    if values.shape[1] in (3, 4):
        note = f"The colour channels came first ({shape})."
        found.append(Stack(values=np.moveaxis(values, 1, -1), notes=(note,)))
    if values.shape[2] in (3, 4):
        note = f"The images came last in their array ({' x '.join(map(str, values.shape))})."
        found.append(Stack(values=np.moveaxis(values, -1, 0), notes=(note,)))
    return tuple(found)
