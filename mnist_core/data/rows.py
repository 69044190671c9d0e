"""The number by which an image is known in its data set."""

from __future__ import annotations

from typing import NewType

Row = NewType("Row", int)
"""Row of an image in one split of a data set, from 0. Not its position in predictions, nor its place in a list."""
