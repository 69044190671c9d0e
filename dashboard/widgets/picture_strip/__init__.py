"""Small pictures side by side, grey or coloured, each with a line below it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.colours import RIGHT, WRONG
from dashboard.widgets.component import component

_component = component(__file__)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """One picture, uint8 (height, width) white on black or (height, width, 3), with a title, a second line, and a note
    for screen readers.
    """

    pixels: np.ndarray
    title: str
    detail: str = ""
    note: str = ""


def picture_strip(pictures: Sequence[Picture], *, key: str, cell: int = 84) -> None:
    """Show the pictures; they wrap on a narrow screen.

    Args:
        key: "<page>.<field>".
        cell: width of a picture in CSS pixels.
    """
    _component(
        key=key,
        data={
            "cell": cell,
            "pictures": tuple(
                (
                    base64.b64encode(np.ascontiguousarray(item.pixels).tobytes()).decode(),
                    item.pixels.shape[1],
                    item.pixels.shape[0],
                    item.title,
                    item.detail,
                    item.note or f"{item.title} {item.detail}".strip(),
                )
                for item in pictures
            ),
        },
    )


def grey_picture(values: np.ndarray) -> np.ndarray:
    """Values 0 to 255, (H, W), as white on black, uint8 (H, W)."""
    picture: np.ndarray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return picture


def signed_picture(values: np.ndarray, limit: float, *, ink: np.ndarray | None = None) -> np.ndarray:
    """Values (H, W) as colours, uint8 (H, W, 3): above 0 in the colour for correct, below 0 in that for wrong, 0 black.

    Args:
        limit: the size at which a colour is full.
        ink: a digit, 0 to 255, to show through in grey.
    """
    strength = np.clip(np.abs(values) / max(limit, 1e-12), 0, 1)[..., None]
    colour = np.where((values > 0)[..., None], _channels(RIGHT, 1.35), _channels(WRONG, 1.2))
    ground = np.zeros((*values.shape, 3)) if ink is None else 0.55 * np.repeat(ink[..., None], 3, axis=2)
    mixed: np.ndarray = np.clip(ground * (1 - strength) + colour * strength, 0, 255).astype(np.uint8)
    return mixed


def _channels(colour: str, gain: float) -> np.ndarray:
    """A colour as numbers, brighter than on a page because the background is black."""
    return np.clip(gain * np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]), 0, 255)
