"""A table of classes: the label, some digits of it in a row, and how many images it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.widgets.component import component
from dashboard.widgets.file_names import file_name
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.dataset import UInt8Array

_COLUMNS = 10

_component = component(__file__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRow:
    """One class: its name, how many of the images are its own, and its counts, one for each column of numbers."""

    name: str
    n_images: int
    counts: tuple[int, ...]


def class_rows(
    images: UInt8Array, rows: Sequence[ClassRow], *, key: str, count_titles: Sequence[str], name: str, cell: int = 28
) -> None:
    """Show the table; a narrow screen shows fewer digits of each class.

    Args:
        images: uint8 (N, 28, 28), those of the first row first.
        key: "<page>.<field>".
        count_titles: the heads of the columns of numbers.
        name: of the file that the table is downloaded to.
        cell: width of a digit in CSS pixels.
    """
    starts = [sum(row.n_images for row in rows[:i]) for i in range(len(rows))]
    _component(
        key=key,
        data={
            "file": file_name(name),
            "sheet": sprite_url(images, _COLUMNS),
            "sheetColumns": _COLUMNS,
            "count": len(images),
            "cell": cell,
            "heads": ("Label", "Images", *count_titles),
            "rows": tuple(
                (row.name, start, row.n_images, tuple(f"{count:,}" for count in row.counts))
                for row, start in zip(rows, starts, strict=True)
            ),
        },
    )
