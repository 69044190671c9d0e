"""A reference to an image."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.data.dataset import SplitName


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRef:
    """One image of a data set: a row of one of its splits."""

    split: SplitName
    row: int
