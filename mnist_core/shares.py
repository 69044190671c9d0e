"""Shares in words: the one place that writes percentages, so that a value has the same text wherever it stands.

A share that was measured has two decimals, which is what 10,000 test images support. It is 0% or 100% only if it is
exactly that: rounding never makes a network perfect or an event impossible.
"""

from __future__ import annotations

import math

_SMALLEST = 0.0001
"""The smallest share that two decimals show."""

_ROUNDING = 1e-12
"""What floating-point arithmetic may add to or take from a share that is exactly 0 or 1."""


def shown_share(share: float) -> str:
    """A measured share, 0 to 1: "98.56%", "<0.01%", ">99.99%"; "0%" and "100%" are exact, "–" is undefined."""
    if math.isnan(share):
        return "–"
    if abs(share) <= _ROUNDING:
        return "0%"
    if abs(share - 1) <= _ROUNDING:
        return "100%"
    return _between(share)


def shown_probability(probability: float) -> str:
    """A probability of a network: as `shown_share`, but never 0% or 100%.

    A softmax never returns 0 or 1: probabilities that are exactly that were rounded when they were stored.
    """
    return "–" if math.isnan(probability) else _between(probability)


def shown_area(area: float) -> str:
    """An area under a curve, 0 to 1: "0.9987", ">0.9999"; "1" and "0" are exact, "–" is undefined."""
    if math.isnan(area):
        return "–"
    if min(abs(area), abs(area - 1)) <= _ROUNDING:
        return f"{area:.0f}"
    text = f"{area:.4f}"
    return {"1.0000": ">0.9999", "0.0000": "<0.0001"}.get(text, text)


def shown_level(level: float) -> str:
    """A share that somebody has set, such as a confidence level or a dropout rate, exactly: "95%", "2.5%"."""
    return f"{100 * level:.10g}%"


def shown_range(low: float, high: float) -> str:
    """Two shares, such as the ends of an interval: "98.31% to 98.78%"."""
    return f"{shown_share(low)} to {shown_share(high)}"


def shown_points(difference: float) -> str:
    """A difference of two shares, in percentage points: "+1.73 points"."""
    text = f"{100 * difference:+.2f}"
    return f"{'0.00' if float(text) == 0 else text} points"


def shown_progress(share: float) -> str:
    """How much of some work is done, rounded down: "99%" until all of it is."""
    return f"{math.floor(100 * share + 1e-9)}%"


def _between(share: float) -> str:
    """A share that is neither 0 nor 1, however close it is."""
    if share < _SMALLEST / 2:
        return "<0.01%"
    if share >= 1 - _SMALLEST / 2:
        return ">99.99%"
    text = f"{100 * share:.2f}%"
    return ">99.99%" if text == "100.00%" else "<0.01%" if text == "0.00%" else text
