"""Repeats: runs that differ in the seed alone, and what their spread says about a difference."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """The scores of repeats: how many, their median, the lowest and the highest."""

    count: int
    median: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """The highest minus the lowest score."""
        return self.high - self.low


def spread_of(scores: Iterable[float | None]) -> Spread | None:
    """The spread of the scores that are known; None without any."""
    known = [score for score in scores if score is not None]
    if not known:
        return None
    return Spread(count=len(known), median=statistics.median(known), low=min(known), high=max(known))


def is_within_spread(difference: float, spreads: Iterable[Spread | None]) -> bool:
    """Whether a difference of two scores is no larger than what another seed alone changes.

    Args:
        spreads: of the repeats of both runs. Those with a single run say nothing; without any other, False.
    """
    widths = [spread.width for spread in spreads if spread is not None and spread.count > 1]
    return bool(widths) and abs(difference) <= max(widths)
