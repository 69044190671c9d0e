"""Colours of the points of a scatter plot: by label, by correct or wrong, or by a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.colours import NEUTRAL, RIGHT, SERIES, WRONG
from mnist_core.data.dataset import UInt8Array

LOW, MIDDLE, HIGH = SERIES[0], NEUTRAL, SERIES[1]
N_SHADES = 21
TAILS = (2.0, 98.0)
"""Percentiles at which the colours end."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PointColours:
    """How points are drawn.

    Attributes:
        index: uint8 (N,), position of each point's colour in `palette`.
        palette: CSS colours.
        glyphs: what is drawn for each colour: "dot", "cross", or a text of one or two characters.
        legend: what the colours mean, as a sentence.
    """

    index: UInt8Array
    palette: tuple[str, ...]
    glyphs: tuple[str, ...]
    legend: str


def colours_by_label(labels: UInt8Array, class_names: Sequence[str]) -> PointColours:
    """A colour for each label; the points are the labels themselves, so that colour is not the only difference."""
    is_short = all(len(name) <= 2 for name in class_names)
    meaning = ", ".join(f"{label} {name}" for label, name in enumerate(class_names))
    return PointColours(
        index=labels,
        palette=SERIES,
        glyphs=tuple(class_names) if is_short else tuple(str(label) for label in range(len(class_names))),
        legend="Points show labels." if is_short else f"Points show labels: {meaning}.",
    )


def colours_by_correctness(correct: NDArray[np.float32]) -> PointColours:
    """Dots for 1 (correct), crosses for 0 (wrong), grey for NaN (no prediction)."""
    index = np.where(np.isnan(correct), 2, np.where(correct == 1, 0, 1)).astype(np.uint8)
    counts = np.bincount(index, minlength=3)
    words = [f"Dots: {counts[0]:,} correct", f"crosses: {counts[1]:,} wrong"]
    if counts[2]:
        words.append(f"grey: {counts[2]:,} without a stored prediction")
    return PointColours(
        index=index,
        palette=(RIGHT, WRONG, NEUTRAL),
        glyphs=("dot", "cross", "dot"),
        legend=", ".join(words) + ".",
    )


def colours_by_value(values: NDArray[np.float32], title: str) -> PointColours:
    """Shades from low through grey to high; all of them are visible on a light and on a dark page."""
    known = values[np.isfinite(values)]
    low, high = (float(bound) for bound in np.percentile(known, TAILS)) if len(known) else (0.0, 1.0)
    share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
    index = np.where(np.isnan(values), N_SHADES, np.rint(np.nan_to_num(share) * (N_SHADES - 1))).astype(np.uint8)
    return PointColours(
        index=index,
        palette=(*(_shade(i / (N_SHADES - 1)) for i in range(N_SHADES)), "rgba(127,135,144,0.35)"),
        glyphs=("dot",) * (N_SHADES + 1),
        legend=f"{title}: blue is low ({low:.3g} or less), orange is high ({high:.3g} or more).",
    )


def _shade(share: float) -> str:
    first, second, at = (LOW, MIDDLE, 2 * share) if share < 0.5 else (MIDDLE, HIGH, 2 * share - 1)
    mixed = [round((1 - at) * a + at * b) for a, b in zip(_parts(first), _parts(second), strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
