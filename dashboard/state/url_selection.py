"""The choice of a group of images in a scatter plot."""

from __future__ import annotations

import math

import numpy as np

from dashboard.state.packing import packed, unpacked
from dashboard.state.url_values import UrlValue
from mnist_core.data.dataset import Indices

MAX_SELECTION_BYTES = 1_000
"""One bit for each of the at most 5,000 points of a scatter plot, with room to spare."""


class UrlSelection(UrlValue[bytes | None]):
    """The images selected in a scatter plot: one bit for each point, compressed."""

    max_length = 900

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=None, param=param)

    def parse(self, text: str) -> bytes:
        return unpacked(text, most=MAX_SELECTION_BYTES)

    def write(self, value: bytes | None) -> str:
        return packed(value or b"")


def selection_of(rows: Indices, shown_rows: Indices) -> bytes | None:
    """The selection of `rows` out of the images that a scatter plot shows; None selects nothing."""
    return np.packbits(np.isin(shown_rows, rows)).tobytes() if len(rows) else None


def rows_of(selection: bytes | None, shown_rows: Indices) -> Indices:
    """The selected rows among these; none if the selection was made for another number of images."""
    if selection is None or len(selection) != math.ceil(len(shown_rows) / 8):
        return shown_rows[:0]
    bits = np.unpackbits(np.frombuffer(selection, np.uint8), count=len(shown_rows)).astype(bool)
    found: Indices = shown_rows[bits]
    return found
