"""Pixels that stand in one cell of a table, such as "0 0 12 255", or a list in JSON."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE
from mnist_core.data.imports.limits import MIN_SIDE
from mnist_core.errors import DatasetError
from mnist_core.words import counted

MARKS = str.maketrans(dict.fromkeys("[](),;|", " "))
SAVE = "numpy.savez('digits.npz', images=numpy.stack(table['image']), labels=table['label'])"


@dataclass(frozen=True, kw_only=True, slots=True)
class PixelCells:
    """The column whose cells hold all pixels of an image.

    Attributes:
        place: of the column.
        n: of the pixels in each cell.
    """

    place: int
    n: int

    def values(self, cell: str) -> NDArray[np.float32] | None:
        """The pixels (n,) in a cell; None if they are more or fewer, or other than finite numbers."""
        found = numbers_in(cell)
        return found if found is not None and len(found) == self.n else None

    def rows(self, cells: Sequence[str]) -> NDArray[np.float32]:
        """The pixels (N, n) of some cells.

        Raises:
            ValueError: a cell does not hold them.
        """
        found = [pixels for cell in cells if (pixels := self.values(str(cell))) is not None]
        if len(found) < len(cells):
            raise ValueError
        return np.stack(found) if found else np.empty((0, self.n), np.float32)


def numbers_in(cell: str) -> NDArray[np.float32] | None:
    """The numbers in a text, between blanks, commas and brackets; None if it holds anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
            found = np.fromstring(cell.translate(MARKS), np.float32, sep=" ")
    except (DeprecationWarning, ValueError):
        return None
    return found if np.isfinite(found).all() else None


def pixel_cells(rows: Sequence[Sequence[str]], title: str) -> PixelCells | None:
    """The column that holds pixels, by the first rows below the header; None without one.

    Raises:
        DatasetError: the pixels are not those of a square, not equally many, or were shortened when they were saved.
    """
    for place in range(len(rows[0]) if len(rows[0]) > 1 and len({len(row) for row in rows}) == 1 else 0):
        cells = [row[place] for row in rows]
        if all(_is_shortened(cell) for cell in cells):
            raise DatasetError(
                f"The pixels in column {place + 1} of {title} are not all there: numpy wrote only the first and the "
                f"last of them, with ... between. Save the arrays themselves in Python, for example {SAVE}."
            )
        numbers = [None if len(cell) < MIN_SIDE * MIN_SIDE else numbers_in(cell) for cell in cells]
        counts = {0 if found is None else len(found) for found in numbers}
        if min(counts) < MIN_SIDE * MIN_SIDE:
            continue
        n = counts.pop()
        if counts or math.isqrt(n) ** 2 != n:
            received = f"{counted(n, 'number')}{f' and {counts.pop():,}' if counts else ''}"
            raise DatasetError(
                f"The pixels of {title} stand in the cells of column {place + 1}, but are not those of a square. "
                f"Expected {SIDE * SIDE} numbers in each, or another square such as 64 or 256. Received: {received}."
            )
        return PixelCells(place=place, n=n)
    return None


def check_not_in_lines(lines: Sequence[str], title: str) -> None:
    """Raise if cells hold arrays over several lines, as pandas writes arrays of numpy."""
    if any('"[' in line and line.count('"') % 2 for line in lines):
        raise DatasetError(
            f"The pixels of {title} stand in cells of several lines, as numpy prints an array. Expected a column for "
            f"each pixel, or all numbers in one line. Save the arrays themselves in Python, for example {SAVE}."
        )


def _is_shortened(cell: str) -> bool:
    return cell.startswith("[") and " ... " in cell
