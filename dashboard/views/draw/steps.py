"""How a drawing becomes what the network gets, each step as a small picture with a sentence."""

from __future__ import annotations

import numpy as np

from dashboard.widgets.picture_strip import Picture, grey_picture, picture_strip
from mnist_core.data.dataset import SIDE, UInt8Array
from mnist_core.data.drawing import Preparation
from mnist_core.data.sources.bundled import BOX

CELL, SMALL_CELL = 118, 84
BLANK = np.zeros((SIDE, SIDE), np.uint8)


def render_steps(steps: Preparation | None, image: UInt8Array | None, *, is_edited: bool, key: str) -> None:
    """Drawn, cropped, fitted, centred, and edited if it was; black without ink, so that nothing moves.

    Args:
        image: uint8 (28, 28), what the network gets after the edits.
        key: "<page>.<field>".
    """
    pictures = _pictures(steps)
    if is_edited:
        pictures.append(_picture(BLANK if image is None else image, "Edited", "After the sliders below the pad."))
    picture_strip(pictures, key=key, cell=CELL)


def render_steps_in_brief(steps: Preparation | None, *, key: str) -> None:
    """The same without edits, smaller and without sentences, which are the tooltips."""
    brief = [Picture(pixels=item.pixels, title=item.title, note=item.detail) for item in _pictures(steps)]
    picture_strip(brief, key=key, cell=SMALL_CELL)


def _pictures(steps: Preparation | None) -> list[Picture]:
    drawn, cropped, fitted, placed = (
        (BLANK,) * 4 if steps is None else (steps.drawn, steps.cropped, steps.fitted, steps.placed)
    )
    size = "" if steps is None else f": {cropped.shape[1]} x {cropped.shape[0]} pixels"
    return [
        _picture(drawn, "Drawn", "The ink on the whole pad."),
        _picture(squared(cropped), "Cropped", f"The smallest box that holds all ink{size}."),
        _picture(squared(fitted), "Fitted", f"The longer side becomes {BOX} pixels, in proportion."),
        _picture(placed, "Centred", f"On {SIDE} x {SIDE} pixels, the centre of mass in the middle."),
    ]


def squared(image: UInt8Array) -> UInt8Array:
    """A picture of any shape in the middle of a black square, for pictures of one size."""
    height, width = image.shape
    side = max(height, width)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = image
    return square


def _picture(image: UInt8Array, title: str, sentence: str) -> Picture:
    return Picture(pixels=grey_picture(image), title=title, detail=sentence)
