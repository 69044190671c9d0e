"""Finds the lines of ruled and squared paper: thin, straight, from one side of the sheet to the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

MAX_SLOPE = 0.12
"""About seven degrees: a sheet that lies more askew is not looked at for lines."""
COARSE, FINE = 0.004, 0.0004
MAX_POINTS = 40_000
"""Points of ink by which the slope is found."""
LEAST_COVER, NEAR_COVER = 0.55, 0.42
"""The share of its length on which a line has ink, and on which its edges have: digits in a row have less."""
LEAST_ROOM = 0.2
"""The share of the width on which a line that lies askew is inside of the picture."""
N_STRIPS, LEAST_STRIPS = 12, 0.8
"""A line has ink in this share of the strips of the width; the bar of one large digit is somewhere only."""
MAX_THICKNESS = 0.008
"""Of the longer side; at least a few pixels."""
EDGE = 2


def line_pixels(mask: Mask) -> Mask:
    """The pixels of ink, bool (H, W), that belong to lines along or across; where a stroke crosses one, it stays."""
    across = _across(mask)
    return across | _across((mask & ~across).T).T  # without the first ones, so that nothing stays where two cross


def _across(mask: Mask) -> Mask:
    """The pixels of the lines that run from left to right."""
    found = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    if len(rows) < 2:
        return found
    height, width = mask.shape
    slope = _slope(rows, columns, width)
    offset = slope * (np.arange(width) - width / 2)
    positions = np.rint(rows - offset[columns]).astype(np.int64)
    limit = max(6, round(MAX_THICKNESS * max(mask.shape)))
    runs = None
    for first, last in _bands(positions, columns, offset, height, limit):
        runs = _runs(mask) if runs is None else runs
        thickness = last - first + 1
        line_rows = np.arange(first - EDGE, last + EDGE + 1)[:, None] + np.rint(offset).astype(np.int64)
        inside = (line_rows >= 0) & (line_rows < height)
        line_rows, line_columns = np.where(inside, line_rows, 0), np.broadcast_to(np.arange(width), line_rows.shape)
        is_line = inside & mask[line_rows, line_columns] & (runs[line_rows, line_columns] <= thickness + 2 * EDGE)
        found[line_rows[is_line], line_columns[is_line]] = True
    return found


def _slope(rows: NDArray[np.int64], columns: NDArray[np.int64], width: int) -> float:
    """The slope at which the ink gathers most on few rows."""
    step = max(1, len(rows) // MAX_POINTS)
    rows, across = rows[::step], columns[::step] - width / 2
    coarse = _sharpest(rows, across, np.arange(-MAX_SLOPE, MAX_SLOPE + COARSE, COARSE))
    return _sharpest(rows, across, coarse + np.arange(-COARSE, COARSE + FINE, FINE))


def _sharpest(rows: NDArray[np.int64], across: NDArray[np.floating], slopes: NDArray[np.floating]) -> float:
    margin = int(MAX_SLOPE * 2 * np.abs(across).max()) + 2
    sharpness = [
        float(np.square(np.bincount(np.rint(rows - slope * across).astype(np.int64) + margin)).sum())
        for slope in slopes
    ]
    return float(slopes[int(np.argmax(sharpness))])


def _bands(
    positions: NDArray[np.int64], columns: NDArray[np.int64], offset: NDArray[np.float64], height: int, limit: int
) -> Iterator[tuple[int, int]]:
    """First and last row of each line where it crosses the middle of the picture, which may be outside of it."""
    width = len(offset)
    margin = int(np.abs(offset).max()) + EDGE
    n_rows = height + 2 * margin
    strips = np.arange(width) * N_STRIPS // width
    ink = np.bincount((positions + margin) * N_STRIPS + strips[columns], minlength=n_rows * N_STRIPS)
    room = _room(offset, strips, height, margin)
    by_strip, room = ink.reshape(n_rows, N_STRIPS), room.reshape(n_rows, N_STRIPS)
    cover = by_strip.sum(axis=1) / np.maximum(room.sum(axis=1), 1)
    is_there = room >= 0.5 * width / N_STRIPS
    n_inked = (is_there & (by_strip > 0.5 * room)).sum(axis=1)
    is_long = room.sum(axis=1) >= LEAST_ROOM * width
    is_core = (cover >= LEAST_COVER) & is_long & (n_inked >= LEAST_STRIPS * is_there.sum(axis=1))
    for first, last in _stretches(is_core, cover >= NEAR_COVER):
        if last - first + 1 <= limit:
            yield first - margin, last - margin


def _room(offset: NDArray[np.float64], strips: NDArray[np.int64], height: int, margin: int) -> NDArray[np.int64]:
    """How many columns of each strip a line at each row has inside of the picture."""
    rows = np.arange(-margin, height + margin)
    found = np.zeros((len(rows), N_STRIPS), np.int64)
    shifts = np.rint(offset).astype(np.int64)
    for strip in range(N_STRIPS):
        own = rows[:, None] + shifts[strips == strip]
        found[:, strip] = ((own >= 0) & (own < height)).sum(axis=1)
    return found


def _stretches(is_core: Mask, is_near: Mask) -> Iterator[tuple[int, int]]:
    """First and last position of each stretch of `is_near` that has a core."""
    row = 0
    while row < len(is_core):
        if not is_core[row]:
            row += 1
            continue
        first = last = row
        while first > 0 and is_near[first - 1]:
            first -= 1
        while last + 1 < len(is_core) and is_near[last + 1]:
            last += 1
        yield first, last
        row = last + 1


def _runs(mask: Mask) -> NDArray[np.int32]:
    """For each pixel of ink the length of the vertical run that it is part of; 0 for paper."""
    up, down = _counted(mask), _counted(mask[::-1])[::-1]
    return np.where(mask, up + down - 1, 0)


def _counted(mask: Mask) -> NDArray[np.int32]:
    """How many pixels of ink end here, counted from the top of each run."""
    total = np.cumsum(mask, axis=0, dtype=np.int32)
    before = np.maximum.accumulate(np.where(mask, 0, total), axis=0)
    return total - before
