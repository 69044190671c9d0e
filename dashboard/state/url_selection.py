"""The choice of a group of images in a scatter plot."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from dashboard.state.packing import packed, unpacked
from dashboard.state.url_values import UrlValue
from mnist_core.data.dataset import Dataset, Indices, SplitName

MAX_SELECTION_BYTES = 1_000
"""One bit for each of the at most 5,000 points of a scatter plot, with room to spare."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of the images that a scatter plot shows.

    Attributes:
        bits: one for each point, packed.
        source: the images that it shows, such as `3f0c9d21-test`; empty in links that were made before it was in them.
    """

    bits: bytes
    source: str = ""


class UrlSelection(UrlValue[Selection | None]):
    """The images selected in a scatter plot: whose points they are, and one bit for each point, compressed."""

    max_length = 900

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=None, param=param)

    def parse(self, text: str) -> Selection:
        match = re.fullmatch(r"(?:([0-9a-f]{8}-(?:train|test))\.)?([^.]+)", text, re.ASCII)
        if match is None:
            raise ValueError(text)
        return Selection(unpacked(match[2], most=MAX_SELECTION_BYTES), match[1] or "")

    def write(self, value: Selection | None) -> str:
        if value is None:
            return ""
        return f"{value.source}.{packed(value.bits)}" if value.source else packed(value.bits)


def selection_of(rows: Indices, shown_rows: Indices, dataset: Dataset, split: SplitName) -> Selection | None:
    """The selection of `rows` out of the images of a split that a scatter plot shows; None selects nothing."""
    if not len(rows):
        return None
    return Selection(np.packbits(np.isin(shown_rows, rows)).tobytes(), _source(dataset, split))


def rows_of(selection: Selection | None, shown_rows: Indices, dataset: Dataset, split: SplitName) -> Indices:
    """The selected rows among these; none if the selection was made among other images."""
    if selection is None or selection.source not in ("", _source(dataset, split)):
        return shown_rows[:0]
    if len(selection.bits) != math.ceil(len(shown_rows) / 8):
        return shown_rows[:0]
    bits = np.unpackbits(np.frombuffer(selection.bits, np.uint8), count=len(shown_rows)).astype(bool)
    found: Indices = shown_rows[bits]
    return found


def _source(dataset: Dataset, split: SplitName) -> str:
    return f"{dataset.sha256[:8]}-{split}"
