"""A grid of up to hundreds of digits that can be clicked: one sprite sheet and a button for each digit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.widgets.component import component, position_in, sent
from dashboard.widgets.sprites import sprite_url
from mnist_core.data.dataset import UInt8Array

MAX_DIGITS = 1_000
"""More at once are slow for the browser and hard to look through."""

_SHEET_COLUMNS = 32

_component = component(__file__, events=("picked",))


def digit_grid(
    images: UInt8Array,
    captions: Sequence[str],
    *,
    key: str,
    label: str = "Digits",
    show_captions: bool = False,
    notes: Sequence[str] | None = None,
    marks: Sequence[bool] | None = None,
    selected: int | None = None,
    cell: int = 42,
    columns: int | None = None,
    rows: int | None = None,
    ids: Sequence[int] | NDArray[np.integer[Any]] | None = None,
    frames: Sequence[tuple[int, int, int, int]] | None = None,
) -> int | None:
    """Show digits; return the position of the one picked in this rerun, or None.

    Arrow keys, Home and End move between the digits, Enter or Space picks one.

    Args:
        images: uint8 (N, 28, 28), at most `MAX_DIGITS`.
        captions: a short text for each, such as "7" or "4→9", of one or two lines; shown below it if `show_captions`.
        key: "<page>.<field>".
        label: what the digits are, for screen readers.
        notes: a longer text for each, for screen readers and tooltips; the caption if left out.
        marks: True for each digit to mark as wrong, by colour and by a cross.
        selected: position of the digit to show as picked.
        cell: width of a digit in CSS pixels.
        columns: the largest number of digits in a row; as many as fit if left out. A narrow screen always wraps.
        rows: the number of rows to show, without captions; digits that do not fit are left out.
        ids: which image each is, such as its row in the data set; in the page as `data-id`, for scripts and tests.
        frames: top, left, height and width in pixels of a frame on each digit.
    """
    count = min(len(images), MAX_DIGITS)
    if count == 0:
        return None
    names = captions if notes is None else notes
    # Known before drawing, so that the frame is drawn around the picked digit.
    picked = position_in(sent(key, "picked"), count)
    _component(
        key=key,
        data={
            "sheet": sprite_url(images[:count], _SHEET_COLUMNS),
            "sheetColumns": _SHEET_COLUMNS,
            "count": count,
            "cell": cell,
            "columns": columns,
            "rows": rows,
            "label": label,
            # Tuples: for a list Streamlit checks whether it is a table, and loads pandas for that.
            "captions": tuple(captions[:count]) if show_captions else None,
            "names": tuple(names[:count]),
            "marks": None if marks is None else tuple(bool(mark) for mark in marks[:count]),
            "selected": selected if picked is None else picked,
            "ids": None if ids is None else tuple(int(number) for number in ids[:count]),
            "frames": None if frames is None else tuple(frames[:count]),
        },
    )
    return picked
