"""Groups ink into digits, in the order in which one reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

MAX_DIGITS = 100
MAX_PARTS = 200
"""Connected pieces of ink that are looked at, the largest first; noise has more."""
LEAST_SIDE, LEAST_SHARE = 8, 0.012
"""The smallest digit: in pixels, and as a share of the longer side of the picture."""
SMALLEST = 0.4
"""Of the size of a typical digit: smaller ink that belongs to no digit is a speck."""
FRAGMENT = 0.65
"""A piece below this share of a typical digit may be a stroke of the digit beside it."""
NEAR_BELOW, NEAR = 0.28, 0.14
"""How far a stroke may be above or below the rest of its digit, and how far on any side, in typical digits."""
COMMON = 0.35
"""Two pieces are one digit if their boxes share this much of the smaller one, or a stroke lies over this much of it."""
TALLEST = 1.6
ALONG = 0.6
"""What covers more than this share of a side of a cropped picture, or is on it by this share, is no digit."""
ROW = 0.6
"""A digit is in the row of another one if it is at most this far above or below it, in typical digits."""
WIDE = 1.5
"""A digit that is wider than so many times its height is probably two that touch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A part of a picture in pixels; `bottom` and `right` are outside of it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def size(self) -> int:
        """The longer side."""
        return max(self.height, self.width)

    @property
    def is_wide(self) -> bool:
        """Whether it probably holds two digits that touch."""
        return self.width > WIDE * self.height

    def with_box(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            top=min(self.top, other.top),
            left=min(self.left, other.left),
            bottom=max(self.bottom, other.bottom),
            right=max(self.right, other.right),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The pieces of ink of one digit: their numbers in the labelled picture, and the box around them."""

    parts: tuple[int, ...]
    box: Box


def find_groups(mask: Mask, *, is_cropped: bool = False) -> tuple[NDArray[np.int32], tuple[Group, ...]]:
    """The digits in a mask of ink, bool (H, W), in reading order, at most `MAX_DIGITS`; with the labelled pieces.

    Where a picture is cropped to its digits, they may be at its edge.
    """
    closed = ndimage.binary_closing(np.pad(mask, 2), np.ones((3, 3)), iterations=1)[2:-2, 2:-2] | mask
    labels, _ = ndimage.label(closed, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel())
    least = max(LEAST_SIDE, LEAST_SHARE * max(mask.shape))
    boxes = {number: _box_of(place) for number, place in enumerate(ndimage.find_objects(labels), start=1)}
    rims = _along_sides(labels, areas) if is_cropped else {n for n, box in boxes.items() if _is_rim(box, mask.shape)}
    pieces = [
        Group(parts=(number,), box=box) for number, box in boxes.items() if box.size >= least / 2 and number not in rims
    ]
    pieces = sorted(pieces, key=lambda piece: -piece.box.size)[:MAX_PARTS]
    large = [piece for piece in pieces if piece.box.size >= least]
    if not large:
        return labels, ()
    typical = _typical([piece.box.size for piece in large], [int(areas[piece.parts[0]]) for piece in large])
    whole = [group for group in _joined(pieces, typical) if group.box.size >= max(SMALLEST * typical, least)]
    whole = sorted(whole, key=lambda group: -group.box.size)[:MAX_DIGITS]
    return labels, _in_reading_order(whole, typical)


def _box_of(place: tuple[slice, slice]) -> Box:
    rows, columns = place
    return Box(top=rows.start, left=columns.start, bottom=rows.stop, right=columns.stop)


def _is_rim(box: Box, shape: tuple[int, ...]) -> bool:
    """Whether it is the edge of the sheet or a shadow at the edge of the picture rather than a digit."""
    height, width = shape
    at_side = box.left <= 1 or box.right >= width - 1
    at_end = box.top <= 1 or box.bottom >= height - 1
    return (at_side and box.height > 0.5 * height) or (at_end and box.width > 0.5 * width)


def _along_sides(labels: NDArray[np.int32], areas: NDArray[np.int64]) -> set[int]:
    """The pieces that lie along a side of the picture: shadows, and what is beside the sheet."""
    found: set[int] = set()
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        on_side = np.bincount(side, minlength=len(areas))
        found |= set(np.flatnonzero(on_side > ALONG * np.minimum(areas, len(side))).tolist())
    return found


def _typical(sizes: Sequence[int], areas: Sequence[int]) -> float:
    """The size of the digit that half of the ink is in smaller ones than: specks and thin remains hardly count."""
    order = np.argsort(sizes)
    ink = np.cumsum(np.asarray(areas, float)[order])
    return float(np.asarray(sizes)[order][int(np.searchsorted(ink, ink[-1] / 2))])


def _joined(pieces: Sequence[Group], typical: float) -> list[Group]:
    """Digits of one piece, or of several that are close together or lie over each other."""
    owner = list(range(len(pieces)))

    def root(i: int) -> int:
        while owner[i] != i:
            i = owner[i]
        return i

    for i, piece in enumerate(pieces):  # the largest come first, so that a piece joins a larger one
        partner = _partner(piece.box, [other.box for other in pieces[:i]], typical)
        if partner is not None:
            owner[i] = root(partner)
    groups: dict[int, Group] = {}
    for i, piece in enumerate(pieces):
        before = groups.get(root(i))
        groups[root(i)] = piece if before is None else _together(before, piece)
    return list(groups.values())


def _together(first: Group, second: Group) -> Group:
    return Group(parts=first.parts + second.parts, box=first.box.with_box(second.box))


def _partner(box: Box, larger: Sequence[Box], typical: float) -> int | None:
    """The position of the larger piece that this one is a stroke of; None if it stands alone."""
    fitting = [(_distance(box, other), i) for i, other in enumerate(larger) if _belongs(box, other, typical)]
    return min(fitting)[1] if fitting else None


def _belongs(box: Box, other: Box, typical: float) -> bool:
    both = box.with_box(other)
    if both.size > TALLEST * max(typical, other.size):
        return False
    over = _overlap(box.left, box.right, other.left, other.right)
    beside = _overlap(box.top, box.bottom, other.top, other.bottom)
    if max(over, 0) * max(beside, 0) >= COMMON * box.height * box.width:
        return True
    if box.size > FRAGMENT * typical:
        return False
    is_stacked = over >= COMMON * min(box.width, other.width) and -beside <= NEAR_BELOW * typical
    is_flat = box.height <= 0.5 * other.height
    return (is_stacked and is_flat) or (max(-over, -beside) <= NEAR * typical and box.size <= 0.4 * other.size)


def _distance(box: Box, other: Box) -> float:
    across = _overlap(box.left, box.right, other.left, other.right)
    down = _overlap(box.top, box.bottom, other.top, other.bottom)
    return float(np.hypot(max(0, -across), max(0, -down))) - 1e-3 * max(across, 0)


def _overlap(low: int, high: int, other_low: int, other_high: int) -> int:
    """The length that two intervals have in common; below 0 the gap between them."""
    return min(high, other_high) - max(low, other_low)


def _in_reading_order(groups: Iterable[Group], typical: float) -> tuple[Group, ...]:
    """Rows from top to bottom, each from left to right; a row may slope, so each digit looks at the one before it."""
    rows: list[list[Group]] = []
    for group in sorted(groups, key=lambda group: group.box.left):
        gaps = [abs(_middle(row[-1]) - _middle(group)) for row in rows]
        nearest = int(np.argmin(gaps)) if gaps else -1
        if gaps and gaps[nearest] <= ROW * typical:
            rows[nearest].append(group)
        else:
            rows.append([group])
    return tuple(group for row in sorted(rows, key=lambda row: _middle(row[0])) for group in row)


def _middle(group: Group) -> float:
    return (group.box.top + group.box.bottom) / 2
