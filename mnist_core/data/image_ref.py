"""What stands for one image: a row of a data set, or a drawing, which is in none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.data.dataset import SIDE, SplitName, UInt8Array


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRef:
    """One image of a data set: a row of one of its splits."""

    split: SplitName
    row: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A digit that somebody drew or photographed, as a network gets it: 28 x 28 bytes, row by row.

    Raises:
        ValueError: there are more or fewer bytes.
    """

    pixels: bytes

    def __post_init__(self) -> None:
        if len(self.pixels) != SIDE * SIDE:
            raise ValueError(f"Invalid drawing. Expected {SIDE * SIDE} bytes. Received: {len(self.pixels)}.")

    @property
    def image(self) -> UInt8Array:
        """Read-only, uint8 (28, 28)."""
        return np.frombuffer(self.pixels, np.uint8).reshape(SIDE, SIDE)
