"""Repeats: runs that differ in the seed alone, and what their spread says about a difference."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnist_core.evaluation.intervals import LEVEL


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


@dataclass(frozen=True, kw_only=True, slots=True)
class MedianInterval:
    """The median of repeats, and an interval that holds the median of all seeds with probability `level`."""

    count: int
    median: float
    low: float
    high: float
    level: float


def median_interval(scores: Sequence[float]) -> MedianInterval:
    """The interval between two of the sorted scores, the narrowest with at least 95%; with few scores, all of them.

    It holds whatever the distribution of the scores: each of them is above the median of all seeds with probability
    1/2. Source: Thompson, On confidence ranges for the median, Annals of Mathematical Statistics 7, 1936.

    Raises:
        ValueError: there are no scores.
    """
    found, n = sorted(scores), len(scores)
    if not n:
        raise ValueError("an interval needs at least one score")
    cut = 0  # so many scores are left out at each end
    while 2 * (cut + 1) < n and _level(n, cut + 1) >= LEVEL:
        cut += 1
    return MedianInterval(
        count=n, median=statistics.median(found), low=found[cut], high=found[n - 1 - cut], level=_level(n, cut)
    )


def _level(n: int, cut: int) -> float:
    """Probability that the median of all seeds is between the scores at places `cut` and `n - 1 - cut`."""
    return 1 - sum(math.comb(n, place) for place in range(cut + 1)) / 2.0 ** (n - 1)


def is_within_spread(difference: float, spreads: Iterable[Spread | None]) -> bool:
    """Whether a difference of two scores is no larger than what another seed alone changes.

    Args:
        spreads: of the repeats of both runs. Those with a single run say nothing; without any other, False.
    """
    widths = [spread.width for spread in spreads if spread is not None and spread.count > 1]
    return bool(widths) and abs(difference) <= max(widths)
