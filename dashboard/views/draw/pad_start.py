"""What is on the pad at first: nothing, or a digit that was found on a photograph."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from dashboard.state.session import per_tab
from dashboard.views.draw.choices import DrawView, draw
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.drawing import PAD_SIDE

EMPTY = np.zeros((PAD_SIDE, PAD_SIDE), np.uint8)


@dataclass(kw_only=True, slots=True, eq=False)
class PadStart:
    """The drawing that the pad starts from, uint8 (112, 112), and the token that identifies it.

    Attributes:
        latest: what was on the pad last, which is kept while another view is open.
    """

    drawing: UInt8Array
    token: str
    latest: UInt8Array


def pad_start() -> PadStart:
    """What the pad of this tab starts from."""
    return per_tab("draw.start", lambda: PadStart(drawing=EMPTY, token="empty", latest=EMPTY))


def put_on_pad(drawing: UInt8Array) -> None:
    """Start the pad from a drawing, uint8 (112, 112), and open it."""
    start = pad_start()
    start.drawing = start.latest = drawing
    start.token = hashlib.blake2b(drawing.tobytes(), digest_size=8).hexdigest()
    draw.view = DrawView.PAD
