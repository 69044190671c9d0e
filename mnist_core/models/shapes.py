"""Shapes of tensors without the batch: (height, width, channels) of an image, (length,) of a flat vector."""

from __future__ import annotations

import math
from enum import StrEnum

from mnist_core.errors import ArchitectureError

Shape = tuple[int, ...]


class Padding(StrEnum):
    """How a convolution treats the border."""

    VALID = "valid"
    """No padding: the image shrinks."""
    SAME = "same"
    """Zero padding, so that stride 1 keeps the size."""


def size_of(shape: Shape) -> int:
    """How many numbers a tensor of this shape has."""
    return math.prod(shape)


def shown_shape(shape: Shape) -> str:
    """`28 x 28 x 1`, or `128` for a flat vector."""
    return " x ".join(str(length) for length in shape)


def require_image(shape: Shape) -> tuple[int, int, int]:
    """Height, width and channels, or an `ArchitectureError` if the shape is flat."""
    if len(shape) != 3:
        raise ArchitectureError(
            f"It needs an image. Expected height x width x channels. Received: a flat vector of {shown_shape(shape)}."
        )
    return shape[0], shape[1], shape[2]


def window_output(shape: Shape, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Height and width of the output of a square kernel or pool, as TensorFlow computes them.

    Raises:
        ArchitectureError: the shape is flat, or the kernel does not fit into the image.
    """
    height, width, _ = require_image(shape)
    if padding is Padding.SAME:
        return -(-height // stride), -(-width // stride)
    if window > min(height, width):
        raise ArchitectureError(
            f"Its {window} x {window} kernel is larger than its input. "
            f"Expected an image of at least {window} x {window}. Received: {height} x {width}."
        )
    return (height - window) // stride + 1, (width - window) // stride + 1
