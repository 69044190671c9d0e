"""The row number of an image in its split."""

from __future__ import annotations

from typing import NewType

Row = NewType("Row", int)
"""Row of an image in one split of a data set, from 0. Not its position in predictions or in a list."""
