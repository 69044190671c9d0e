"""Stacks of images in any arrangement and scale as bytes of 28 x 28 pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.data.imports.recognising.image_arrays import Stack, check_count, grey
from mnist_core.data.imports.recognising.resizing import fitted_stack
from mnist_core.data.imports.recognising.scale import check_contrast, scale_of
from mnist_core.errors import DatasetError


def byte_images(stack: Stack, title: str) -> tuple[UInt8Array, tuple[str, ...]]:
    """Images uint8 (N, 28, 28), as light and as turned as they are in the file, with notes on the changes.

    Raises:
        DatasetError: there are none or too many, or they show nothing; `title` names the file.
    """
    if not len(stack):
        raise DatasetError(f"There are no images in {title}. Expected at least one.")
    check_count(len(stack), title)
    stack, notes = _unsigned(stack)
    scale = scale_of(stack.grey_sample(), title)
    images = np.empty((len(stack), SIDE, SIDE), np.uint8)
    done = n_clipped = 0
    for part in stack.parts():
        levels, n_outside = scale.to_bytes(_finite(grey(part), title))
        images[done : done + len(part)] = fitted_stack(levels)
        done, n_clipped = done + len(part), n_clipped + n_outside
    notes += (*stack.notes, *stack.colour_notes(), *scale.notes(n_clipped, len(stack) * stack.size[0] * stack.size[1]))
    if stack.size != (SIDE, SIDE):
        notes += (f"Resized from {stack.size[0]} x {stack.size[1]} to {SIDE} x {SIDE} pixels.",)
    return images, notes + check_contrast(images, title)


def _unsigned(stack: Stack) -> tuple[Stack, tuple[str, ...]]:
    """Bytes that were stored as signed ones, so that 128 to 255 became negative, as they were."""
    values = stack.values
    if values.dtype != np.int8 or values.min() >= 0 or 2 * np.count_nonzero(values) > values.size:
        return stack, ()
    note = "Negative values were read as bytes from 128 to 255."
    return Stack(values=values.view(np.uint8), notes=stack.notes), (note,)


def _finite(values: NDArray[Any], title: str) -> NDArray[Any]:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DatasetError(
            f"The images in {title} have values that are not finite numbers. "
            "Replace them, for example with numpy.nan_to_num, and save the file again."
        )
    return values
