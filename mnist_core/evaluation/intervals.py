"""Confidence intervals of shares."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LEVEL = 0.95
"""The confidence of every interval on screen."""

Z_95 = 1.959963984540054
"""The 97.5% quantile of the normal distribution, for a two-sided interval of `LEVEL`."""


class Interval(NamedTuple):
    """A 95% interval of a share."""

    low: float
    high: float


def wilson_interval(successes: int, trials: int) -> Interval:
    """95% interval of a share by Wilson's score method; 0 to 1 when there are no trials.

    Unlike the share plus or minus two standard errors, it stays within 0 and 1 and is valid for shares near 1, such as
    accuracies. Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    low, high = wilson_intervals(np.array([successes]), np.array([trials]))
    return Interval(float(low[0]), float(high[0]))


def wilson_intervals(
    successes: npt.NDArray[np.integer], trials: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Like `wilson_interval`, for arrays of counts of one shape: the lower and the upper ends."""
    n = np.maximum(trials, 1).astype(np.float64)
    share = successes / n
    z2 = Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    known = np.asarray(trials) > 0
    # At a share of exactly 0 or 1 the end is that share; rounding errors would move it by 1e-17.
    low = np.where(known & (successes > 0), np.clip(centre - half, 0, 1), 0.0)
    high = np.where(known & (successes < trials), np.clip(centre + half, 0, 1), 1.0)
    return low, high
