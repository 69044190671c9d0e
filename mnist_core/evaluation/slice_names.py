"""Slices in words: adjectives and ranges of handwriting measures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.measures.registry import MEASURES
from mnist_core.words import listed

ADJECTIVES = {
    "ink": ("low-ink", "high-ink"),  # thin or small ones have little, not only pale ones
    "stroke_width": ("thin", "thick"),
    "height": ("short", "tall"),
    "width": ("narrow", "wide"),
    "distance_to_class_mean": ("typical", "unusual"),
}
"""Words for a small and a large value of a measure, where one word fits every label."""

UPRIGHT = 15.0
"""Degrees of slant to either side that still count as upright."""

UNITS = {"pixels": " pixels", "degrees": "°"}
"""Units that are written after a number; the others need none."""


def slice_name(true_labels: Sequence[int], conditions: Sequence[tuple[str, float, float]]) -> str:
    """A slice in words: "thick, narrow 8s", "thin digits other than 1", "4s with slant above 5°", "digits"."""
    wordless = [condition for condition in conditions if not _adjective(*condition)]
    name = _described(true_labels, conditions)
    return f"{name} with {slice_ranges(wordless)}" if wordless else name


def slice_subject(true_labels: Sequence[int], conditions: Sequence[tuple[str, float, float]]) -> str:
    """The start of a sentence about a slice, with all its ranges: "Thick 8s (stroke width above 3.1 pixels)"."""
    name, terms = _described(true_labels, conditions), slice_ranges(conditions)
    return name[:1].upper() + name[1:] + (f" ({terms})" if terms else "")


def slice_ranges(conditions: Sequence[tuple[str, float, float]]) -> str:
    """The exact ranges: "stroke width above 3.1 pixels, slant from -2° to 14°"; empty without conditions."""
    return ", ".join(f"{_title(measure)} {_range(measure, low, high)}" for measure, low, high in conditions)


def _described(true_labels: Sequence[int], conditions: Sequence[tuple[str, float, float]]) -> str:
    words = [adjective for condition in conditions if (adjective := _adjective(*condition))]
    return " ".join([", ".join(words), _labels(true_labels)]).strip()


def _adjective(measure: str, low: float, high: float) -> str:
    if measure == "slant":
        return _lean(low, high)
    if measure not in ADJECTIVES or (math.isfinite(low) and math.isfinite(high)):
        return ""
    small, large = ADJECTIVES[measure]
    return large if math.isfinite(low) else small


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
    if unit == "count":  # a tree splits halfway between two counts
        low, high = (
            math.floor(low) + 1 if math.isfinite(low) else low,
            math.floor(high) if math.isfinite(high) else high,
        )
    first, last = (_with_unit(f"{value:.3g}", UNITS.get(unit, "")) for value in (low, high))
    if math.isinf(low):
        return f"at most {last}"
    if math.isinf(high):
        return f"at least {first}" if unit == "count" else f"above {first}"
    return first if low == high else f"from {first} to {last}"


def _with_unit(number: str, unit: str) -> str:
    return number + (unit.removesuffix("s") if number == "1" else unit)
