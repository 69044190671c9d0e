"""What the grid is asked for, as it stands in the link of the page."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dashboard.state.selection import selection
from mnist_core.data.dataset import Indices, SplitName
from mnist_core.data.finding.selection import SORT_BY_ROW, GridQuery, Range
from mnist_core.errors import ConfigError

CHOSEN = "chosen"
"""Name of the column that is 1 for the images a person picked on the map."""

PAGE_SIZE = 400


def chosen_split() -> SplitName:
    """The split that is shown: training images unless chosen otherwise."""
    return SplitName(selection.explore_split or SplitName.TRAIN)


def current_query(names: Iterable[str]) -> GridQuery:
    """The query in the link. What it says about measures or columns that are not in `names` is left out."""
    known = set(names)
    sort, descending = _sort()
    is_known = sort in known or sort in (SORT_BY_ROW, "label")
    ranges = [item for item in written_ranges(selection.explore_where or "") if item.name in known and is_limited(item)]
    if selection.explore_chosen and CHOSEN in known:
        ranges.append(Range(name=CHOSEN, low=1))
    return GridQuery(
        split=chosen_split(),
        labels=tuple(sorted({int(digit) for digit in selection.explore_labels or ""})),
        ranges=tuple(ranges),
        sort=sort if is_known else SORT_BY_ROW,
        descending=descending and is_known,
        page=(selection.explore_page or 1) - 1,
        page_size=selection.explore_size or PAGE_SIZE,
    )


def written_ranges(text: str) -> tuple[Range, ...]:
    """The ranges in a text such as `ink:50~120,slant:~-5`; what is not in this form is left out.

    `ink:~` has no limits: a person is about to set them.
    """
    found: dict[str, Range] = {}
    for part in text.split(","):
        name, _, bounds = part.partition(":")
        low, _, high = bounds.partition("~")
        try:
            found[name] = Range(name=name, low=_number(low), high=_number(high))
        except (ValueError, ConfigError):
            continue
    return tuple(found.values())


def is_limited(item: Range) -> bool:
    """Whether the range leaves anything out."""
    return item.low is not None or item.high is not None


def write_ranges(ranges: Sequence[Range]) -> None:
    """Put ranges into the link."""
    parts = [f"{item.name}:{_text(item.low)}~{_text(item.high)}" for item in ranges]
    selection.explore_where = ",".join(parts) or None


def write_chosen(rows: Indices, map_rows: Indices) -> None:
    """Put the images picked on a map into the link: one bit for each image on the map."""
    bits = np.packbits(np.isin(map_rows, rows))
    text = base64.urlsafe_b64encode(zlib.compress(bits.tobytes(), 9)).decode().rstrip("=")
    selection.explore_chosen = text if len(rows) else None


def read_chosen(map_rows: Indices) -> Indices:
    """The images that the link picks on a map of these rows; none if it does not fit."""
    text = selection.explore_chosen or ""
    n_bytes = math.ceil(len(map_rows) / 8)
    try:
        packed = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), n_bytes + 1)
    except (ValueError, zlib.error):
        return map_rows[:0]
    if len(packed) != n_bytes:
        return map_rows[:0]
    bits = np.unpackbits(np.frombuffer(packed, np.uint8), count=len(map_rows)).astype(bool)
    return map_rows[bits]


def chosen_column(rows: Indices, n_images: int) -> Mapping[str, np.ndarray]:
    """A column that is 1 for these rows."""
    column = np.zeros(n_images, np.float32)
    column[rows] = 1
    return {CHOSEN: column}


def _sort() -> tuple[str, bool]:
    text = selection.explore_sort or SORT_BY_ROW
    return text.removeprefix("-"), text.startswith("-")


def _number(text: str) -> float | None:
    return float(text) if text else None


def _text(bound: float | None) -> str:
    return "" if bound is None else f"{bound:.4f}".rstrip("0").rstrip(".")
