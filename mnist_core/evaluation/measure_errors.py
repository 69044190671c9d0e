"""The error rate against a handwriting measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.errors import ConfigError
from mnist_core.evaluation.intervals import Interval, wilson_intervals
from mnist_core.evaluation.predictions import Predictions

MAX_BINS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasureBin:
    """The digits whose measure is from `low` to `high`; below `high` in all bins but the last."""

    low: float
    high: float
    n: int
    n_wrong: int
    rate: float
    rate_interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasureErrors:
    """How the error rate depends on one measure.

    Attributes:
        measure: its name.
        bins: rising, none empty. A measure with few different values has one bin for each, otherwise each bin has about
            as many digits as the others.
        n_missing: digits left out because the measure is not a number for them.
        rate: error rate of all digits that have the measure; not a number when there are none.
    """

    measure: str
    bins: tuple[MeasureBin, ...]
    n_missing: int
    rate: float


def error_by_measure(
    predictions: Predictions, values: npt.ArrayLike, *, measure: str, n_bins: int = 10
) -> MeasureErrors:
    """Error rate in at most `n_bins` bins of a measure with values (N,), with 95% Wilson intervals.

    Raises:
        ConfigError: there are not N values, or `n_bins` is not from 1 to 50.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (len(predictions),):
        raise ConfigError.invalid(measure, expected=f"values ({len(predictions)},)", received=numbers.shape)
    if not 1 <= n_bins <= MAX_BINS:
        raise ConfigError.invalid("n_bins", expected=f"an integer from 1 to {MAX_BINS}", received=n_bins)
    is_known = np.isfinite(numbers)
    known, wrong = numbers[is_known], ~predictions.correct[is_known]
    return MeasureErrors(
        measure=measure,
        bins=_bins(known, wrong, n_bins),
        n_missing=int((~is_known).sum()),
        rate=float(wrong.mean()) if len(wrong) else float("nan"),
    )


def _bins(values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], n_bins: int) -> tuple[MeasureBin, ...]:
    if len(values) == 0:
        return ()
    starts = _starts(values, n_bins)  # (B,), the lowest value of each bin
    which = np.searchsorted(starts, values, side="right") - 1
    n = np.bincount(which, minlength=len(starts))
    n_wrong = np.bincount(which[wrong], minlength=len(starts))
    low, high = wilson_intervals(n_wrong, n)
    ends = np.append(starts[1:], values.max())
    return tuple(
        MeasureBin(
            low=float(starts[i]),
            high=float(ends[i]),
            n=int(n[i]),
            n_wrong=int(n_wrong[i]),
            rate=float(n_wrong[i] / n[i]),
            rate_interval=Interval(float(low[i]), float(high[i])),
        )
        for i in range(len(starts))
    )


def _starts(values: npt.NDArray[np.float64], n_bins: int) -> npt.NDArray[np.float64]:
    """The lowest value of each bin, each one a value that occurs, so that no bin is empty."""
    different = np.unique(values)
    if len(different) <= n_bins:
        return different
    ordered = np.sort(values)
    return np.unique(ordered[np.arange(n_bins) * len(ordered) // n_bins])
