"""A pad to draw on a digit: pen, eraser, undo; the image is sent to the server while it is drawn."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from dashboard.widgets.component import component, sent
from mnist_core.data.dataset import SIDE, UInt8Array

_component = component(__file__, events=("drawn",))

MAX_TEXT = 2_000  # 784 bytes in base64 are 1,048 characters


def drawing_pad(
    start: UInt8Array, *, key: str, token: str, label: str = "Drawing area", width: int = 280
) -> UInt8Array:
    """A pad with a digit on it; returns what is on it now, uint8 (28, 28).

    It works with mouse, touch and pen; while drawing it reports a few times a second. Put it into a fragment together
    with what depends on the drawing, so that the rest of the page does not rerun.

    Args:
        start: uint8 (28, 28), what is on the pad at first and after Reset; for an empty one there is only Clear.
        key: "<page>.<field>".
        token: identifies `start`; with another one the pad starts over.
        label: what the pad is, for screen readers.
        width: in CSS pixels, at most.
    """
    drawn = _checked(sent(key, "drawn"), token)
    now = start if drawn is None else drawn
    _component(
        key=key,
        data={
            "start": _text(start),
            "now": _text(now),
            "token": token,
            "label": label,
            "width": width,
            "canReset": bool(start.any()),
        },
    )
    return now


def _text(image: UInt8Array) -> str:
    return base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()


def _checked(drawn: Any, token: str) -> UInt8Array | None:
    """The image that the browser sent, if it is valid and was drawn on this start."""
    try:
        text = drawn["pixels"] if drawn["token"] == token else None
    except (KeyError, TypeError):
        return None
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        return None
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE) if len(pixels) == SIDE * SIDE else None
