"""Weak slices: digits with similar handwriting and a higher error rate than the rest.

A shallow decision tree on the handwriting measures and the true label proposes slices on one half of the digits, the
discovery half. Searching many slices finds some by chance, so each is tested on the other, the confirmation half.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_core.errors import ConfigError
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.evaluation.predictions import IndexArray, MaskArray, Predictions
from mnist_core.evaluation.significance import fisher_p_value
from mnist_core.evaluation.slice_names import slice_name, slice_subject
from mnist_core.evaluation.slice_search import Condition, Terms, proposed_slices
from mnist_core.shares import shown_share
from mnist_core.words import counted

SIGNIFICANCE_LEVEL = 0.05
"""Significance level of all tested slices together: each is tested at this divided by their number (Bonferroni)."""


MIN_DIGITS = 30
"""A slice has at least this many digits in the discovery half."""


class SliceRate(NamedTuple):
    """The wrong digits of a slice, and of all digits outside it."""

    n: int
    n_wrong: int
    n_elsewhere: int
    n_wrong_elsewhere: int

    @property
    def rate(self) -> float:
        """Error rate in the slice; not a number when it is empty."""
        return self.n_wrong / self.n if self.n else float("nan")

    @property
    def rate_elsewhere(self) -> float:
        """Error rate outside the slice; not a number when there are no digits there."""
        return self.n_wrong_elsewhere / self.n_elsewhere if self.n_elsewhere else float("nan")

    @property
    def excess(self) -> float:
        """How much higher the error rate is than elsewhere; below 0 when it is lower, not a number without digits."""
        return self.rate - self.rate_elsewhere

    @property
    def interval(self) -> Interval:
        """95% Wilson interval of `rate`."""
        return wilson_interval(self.n_wrong, self.n)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WeakSlice:
    """A slice with a higher error rate than the rest of the discovery half.

    Attributes:
        true_labels: the labels it is limited to; all ten when it is not.
        conditions: ranges of measures, in the order of the tree.
        discovery: rates on the discovery half. The slice was chosen because this rate is high, so it is biased upwards.
        confirmation: rates on the confirmation half, which are not biased.
        p_value: of the rates on the confirmation half, under the hypothesis that the slice is no worse than the rest
            (Fisher's exact test, one-sided).
        is_confirmed: whether `p_value` is below `SIGNIFICANCE_LEVEL` divided by the number of slices tested.
        positions: int64 (K,), all digits of the slice in both halves, as positions in the predictions.
    """

    true_labels: tuple[int, ...]
    conditions: tuple[Condition, ...]
    discovery: SliceRate
    confirmation: SliceRate
    p_value: float
    is_confirmed: bool
    positions: IndexArray

    @property
    def name(self) -> str:
        """The slice in words, such as "thick, narrow 8s"."""
        return slice_name(self.true_labels, self.conditions)

    @property
    def is_worse(self) -> bool:
        """Whether its error rate is higher than elsewhere on the confirmation half too, be it by chance."""
        return self.confirmation.excess > 0

    @property
    def sentence(self) -> str:
        """Name with ranges, the error rates on the confirmation half, as everywhere, and whether it was confirmed."""
        subject = slice_subject(self.true_labels, self.conditions)
        found = self.confirmation
        verdict = "confirmed" if self.is_confirmed else "not confirmed"
        if not found.n:
            return f"{subject}: {verdict}, as none is in the confirmation half."
        return (
            f"{subject}: {shown_share(found.rate)} of {counted(found.n, 'digit')} wrong, against "
            f"{shown_share(found.rate_elsewhere)} of the others, in the confirmation half; {verdict}."
        )


def weak_slices(
    predictions: Predictions,
    measures: pd.DataFrame,
    *,
    min_digits: int = MIN_DIGITS,
    max_depth: int = 3,
    max_slices: int = 5,
    seed: int = 0,
) -> tuple[WeakSlice, ...]:
    """Weak slices: first the confirmed ones, then the others that are worse on the confirmation half, then the rest.

    Each kind in the order of `excess` on the confirmation half, the worst first. None when nothing stands out or there
    are too few digits.

    Args:
        measures: one row for each prediction, in the same order; numeric columns are used. A digit for which a measure
            is not a number is left out.
        min_digits: a slice has at least this many digits in the discovery half.
        max_depth: a slice has at most this many conditions, the label included.
        seed: of the halves, which have the same share of each label.

    Raises:
        ConfigError: `measures` has another number of rows.
    """
    if len(measures) != len(predictions):
        raise ConfigError.invalid("measures", expected=f"{len(predictions)} rows", received=len(measures))
    numbers = measures.select_dtypes("number").astype(np.float64)
    rows = np.flatnonzero(np.isfinite(numbers.to_numpy()).all(axis=1)).astype(np.int64)
    numbers, labels, wrong = numbers.iloc[rows], predictions.labels[rows], ~predictions.correct[rows]
    first = _discovery_half(labels, seed)
    proposed = proposed_slices(numbers[first], labels[first], wrong[first], min_digits=min_digits, max_depth=max_depth)
    chosen = _apart([(terms, terms.members(numbers, labels)) for terms in proposed], max_slices)
    slices = [
        _weak_slice(
            terms,
            rows[member],
            discovery=_rate(member[first], wrong[first]),
            confirmation=_rate(member[~first], wrong[~first]),
            n_slices=len(chosen),
        )
        for terms, member in chosen
    ]
    return tuple(sorted(slices, key=_rank))


def _rank(weak: WeakSlice) -> tuple[bool, bool, float]:
    excess = weak.confirmation.excess
    return not weak.is_confirmed, not weak.is_worse, float("inf") if math.isnan(excess) else -excess


def _apart(slices: list[tuple[Terms, MaskArray]], max_slices: int) -> list[tuple[Terms, MaskArray]]:
    """The first slices that share less than half of their digits with each one before them."""
    chosen: list[tuple[Terms, MaskArray]] = []
    for terms, member in slices:
        shared = max(((member & other).sum() / min(member.sum(), other.sum()) for _, other in chosen), default=0)
        if shared < 0.5 and len(chosen) < max_slices:
            chosen.append((terms, member))
    return chosen


def _discovery_half(labels: npt.NDArray[np.uint8], seed: int) -> MaskArray:
    """Every second digit of each label after shuffling, bool (N,).

    Not stratified by correct and wrong as well: then the halves would not be independent, and what is found on one half
    would be bound to show on the other.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    first = np.zeros(len(labels), dtype=np.bool_)
    first[order[::2]] = True
    return first


def _weak_slice(
    terms: Terms, positions: IndexArray, *, discovery: SliceRate, confirmation: SliceRate, n_slices: int
) -> WeakSlice:
    p_value = fisher_p_value(*confirmation)
    positions.setflags(write=False)
    return WeakSlice(
        true_labels=terms.true_labels,
        conditions=terms.conditions,
        discovery=discovery,
        confirmation=confirmation,
        p_value=p_value,
        is_confirmed=p_value < SIGNIFICANCE_LEVEL / n_slices,
        positions=positions,
    )


def _rate(member: MaskArray, wrong: MaskArray) -> SliceRate:
    n, n_wrong = int(member.sum()), int((member & wrong).sum())
    return SliceRate(n, n_wrong, len(wrong) - n, int(wrong.sum()) - n_wrong)
