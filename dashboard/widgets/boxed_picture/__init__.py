"""A picture with numbered boxes on it, each of which can be clicked."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.widgets.component import component, position_in, sent

_component = component(__file__, events=("picked",))


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureBox:
    """One box: its place as shares of the picture's width and height, a short caption, and a note to read out."""

    left: float
    top: float
    width: float
    height: float
    caption: str
    note: str


def boxed_picture(
    jpeg: bytes, size: tuple[int, int], boxes: Sequence[PictureBox], *, key: str, label: str, selected: int
) -> int | None:
    """Show a picture of `size` (width, height); return the position of the box picked in this rerun, or None.

    Arrow keys, Home and End move between the boxes, Enter or Space picks one.

    Args:
        key: "<page>.<field>".
        label: what the picture shows, for screen readers.
        selected: position of the box to show as picked.
    """
    picked = position_in(sent(key, "picked"), len(boxes))
    _component(
        key=key,
        data={
            "picture": "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(),
            "size": size,
            "label": label,
            "boxes": tuple((box.left, box.top, box.width, box.height, box.caption, box.note) for box in boxes),
            "selected": selected if picked is None else picked,
        },
    )
    return picked
