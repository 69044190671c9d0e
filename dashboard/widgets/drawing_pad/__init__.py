"""A pad to draw on a digit: pen, eraser, undo, redo; the image is sent to the server while it is drawn."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import numpy as np

from dashboard.widgets.component import component, sent, take_sent
from mnist_core.data.dataset import UInt8Array

# Always new: the pad waits for an answer, also to a drawing that is the same as before.
_component = component(__file__, events=("drawn", "entered"), is_always_new=True)

SHORTCUTS = (
    "Keys, once the pad has the focus: **P** pen, **E** eraser, **[** and **]** width, **Ctrl+Z** undo, **Ctrl+Y** "
    "redo, **Delete** clear. Arrow keys move a point, **Space** puts the pen down there and lifts it."
)
"""What the keyboard does on a pad, for the page to say."""


def drawing_pad(
    start: UInt8Array,
    *,
    key: str,
    token: str,
    now: UInt8Array | None = None,
    label: str = "Drawing area",
    width: int = 280,
    enters: bool = False,
    asks: str = "",
    keeps: bool = False,
) -> UInt8Array:
    """A pad with a digit on it; returns what is on it now, uint8 of the shape of `start`.

    It works with mouse, touch, pen and keyboard; while drawing it reports as fast as it is answered. Put it into a
    fragment together with what depends on the drawing, so that the rest of the page does not rerun. Draw that first,
    from `drawn_on`, and the pad last: it takes that it is drawn for the answer, and sends the next part of the stroke.

    Args:
        start: uint8 (S, S), what is on the pad at first and after Reset; for an empty one there is only Clear.
        key: "<page>.<field>".
        token: identifies `start`; with another one the pad starts over.
        now: what is on it until the browser has sent something, if that is not `start`.
        label: what the pad is, for screen readers.
        width: in CSS pixels, at most.
        enters: whether Enter sends the drawing for `entered_on`.
        asks: an address that answers to the bytes of a drawing with JSON. Then the pen is followed by its answers,
            which go to the widgets whose channel is `key`, and the page reruns when the pen rests or is lifted.
        keeps: whether a reload of the page finds the drawing again, for as long as the tab is open.
    """
    now = drawn_on(start if now is None else now, key=key, token=token)
    _component(
        key=key,
        data={
            "start": _text(start),
            "now": _text(now),
            "side": len(start),
            "token": token,
            "label": label,
            "width": width,
            "canReset": bool(start.any()),
            "enters": enters,
            "asks": asks,
            "keeps": keeps,
            "channel": key,
        },
    )
    return now


def drawn_on(start: UInt8Array, *, key: str, token: str) -> UInt8Array:
    """What is on the pad of this key now, before it is drawn; `start` if the browser has not sent anything."""
    drawn = _checked(sent(key, "drawn"), token, len(start))
    return start if drawn is None else drawn


def entered_on(start: UInt8Array, *, key: str, token: str) -> UInt8Array | None:
    """The drawing for which Enter was pressed in this rerun, else None; to be called before the pad is drawn."""
    return _checked(take_sent(key, "entered"), token, len(start))


def _text(image: UInt8Array) -> str:
    return base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()


def _checked(drawn: Any, token: str, side: int) -> UInt8Array | None:
    """The image that the browser sent, if it is valid and was drawn on this start."""
    try:
        text = drawn["pixels"] if drawn["token"] == token else None
    except (KeyError, TypeError):
        return None
    if not isinstance(text, str) or len(text) > 2 * side * side:  # base64 takes a third more than the bytes
        return None
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return np.frombuffer(pixels, np.uint8).reshape(side, side) if len(pixels) == side * side else None
