"""Slices in words: adjectives, clauses and ranges of handwriting measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.measures.registry import MEASURES
from mnist_core.words import counted, listed

ADJECTIVES = {
    "ink": ("low-ink", "high-ink"),  # thin or small ones have little, not only pale ones
    "stroke_width": ("thin", "thick"),
    "height": ("short", "tall"),
    "width": ("narrow", "wide"),
    "distance_to_class_mean": ("typical", "unusual"),
}
"""Words for a small and a large value of a measure, where one word fits every label."""

CLAUSES = {
    "centroid_x": ("that sit to the left in the image", "that sit to the right in the image"),
    "centroid_y": ("that sit high in the image", "that sit low in the image"),  # counted from the top edge
    "aspect": ("that are narrow for their height", "that are wide for their height"),
    "horizontal_symmetry": ("whose left and right halves differ", "whose left and right halves are alike"),
    "vertical_symmetry": ("whose upper and lower halves differ", "whose upper and lower halves are alike"),
}
"""The same where no adjective says it: clauses that follow the labels."""

EDGES = {"centroid_x": "left", "centroid_y": "top"}
"""The edge that a place in the image is counted from."""

LOOPS: Mapping[tuple[float, float], str] = {
    (0, 0): "without a loop",
    (1, 1): "with one loop",
    (1, math.inf): "with a loop",
}
"""Words for usual counts, from the lowest to the highest."""

UPRIGHT = 15.0
"""Degrees of slant to either side that still count as upright."""

UNITS = {"pixels": " pixels", "degrees": "°"}
"""Units that are written after a number; the others need none."""


def slice_name(true_labels: Sequence[int], conditions: Sequence[tuple[str, float, float]]) -> str:
    """A slice in words: "thick, narrow 8s", "thin digits other than 1", "4s with slant above -5°", "digits"."""
    worded = (_adjective, _loops, _clause)
    wordless = [condition for condition in conditions if not any(words(*condition) for words in worded)]
    return _described(true_labels, conditions, ranges=f"with {slice_ranges(wordless)}" if wordless else "")


def slice_subject(true_labels: Sequence[int], conditions: Sequence[tuple[str, float, float]]) -> str:
    """The start of a sentence about a slice, with all its ranges: "Thick 8s (stroke width above 3.1 pixels)"."""
    name, terms = _described(true_labels, conditions), slice_ranges(conditions)
    return name[:1].upper() + name[1:] + (f" ({terms})" if terms else "")


def slice_ranges(conditions: Sequence[tuple[str, float, float]]) -> str:
    """The exact ranges: "stroke width above 3.1 pixels, slant from -2° to 14°"; empty without conditions."""
    return ", ".join(f"{_title(measure)} {_range(measure, low, high)}" for measure, low, high in conditions)


def _described(true_labels: Sequence[int], conditions: Sequence[tuple[str, float, float]], ranges: str = "") -> str:
    adjectives, loops, clauses = (
        [words for condition in conditions if (words := worded(*condition))] for worded in (_adjective, _loops, _clause)
    )
    parts = (", ".join(adjectives), _labels(true_labels), " and ".join(filter(None, (*loops, ranges))))
    return " ".join(filter(None, (*parts, " and ".join(clauses))))


def _adjective(measure: str, low: float, high: float) -> str:
    if measure == "slant":
        return _lean(low, high)
    if measure not in ADJECTIVES or (math.isfinite(low) and math.isfinite(high)):
        return ""
    small, large = ADJECTIVES[measure]
    return large if math.isfinite(low) else small


def _clause(measure: str, low: float, high: float) -> str:
    if math.isinf(low) or math.isinf(high):
        small, large = CLAUSES.get(measure, ("", ""))
        return large if math.isfinite(low) else small
    if measure in EDGES:
        return f"whose centre of mass is {low:.3g} to {high:.3g} pixels from the {EDGES[measure]} edge"
    return ""


def _loops(measure: str, low: float, high: float) -> str:
    if measure != "loops":
        return ""
    low, high = _counts(low, high)
    low = max(low, 0)
    if (low, high) in LOOPS:
        return LOOPS[low, high]
    if math.isinf(high):
        return f"with {low:.0f} or more loops"
    if low == 0:
        return f"with at most {counted(int(high), 'loop')}"
    return f"with {low:.0f} loops" if low == high else f"with {low:.0f} to {high:.0f} loops"


def _counts(low: float, high: float) -> tuple[float, float]:
    """The lowest and the highest count within a range: a tree splits halfway between two counts."""
    return (math.floor(low) + 1 if math.isfinite(low) else low), (math.floor(high) if math.isfinite(high) else high)


def _lean(low: float, high: float) -> str:
    if low >= 0:
        return "right-leaning"
    if high <= 0:
        return "left-leaning"
    return "upright" if low >= -UPRIGHT and high <= UPRIGHT else ""


def _labels(true_labels: Sequence[int]) -> str:
    if len(true_labels) == N_CLASSES:
        return "digits"
    if len(true_labels) > N_CLASSES // 2:
        return "digits other than " + listed([str(i) for i in range(N_CLASSES) if i not in true_labels])
    return listed([f"{label}s" for label in true_labels])


def _title(measure: str) -> str:
    known = MEASURES.get(measure)
    title = known.title if known else measure.replace("_", " ")
    return title[:1].lower() + title[1:]


def _range(measure: str, low: float, high: float) -> str:
    unit = MEASURES[measure].unit if measure in MEASURES else ""
    if unit == "count":
        low, high = _counts(low, high)
    first, last = (_with_unit(f"{value:.3g}", UNITS.get(unit, "")) for value in (low, high))
    if math.isinf(low):
        return f"at most {last}"
    if math.isinf(high):
        return f"at least {first}" if unit == "count" else f"above {first}"
    return first if low == high else f"from {first} to {last}"


def _with_unit(number: str, unit: str) -> str:
    return number + (unit.removesuffix("s") if number == "1" else unit)
