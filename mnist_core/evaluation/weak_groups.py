"""Groups of digits that a model gets wrong more often than others, found on one half of them and tried on the other.

A shallow decision tree on the handwriting measures and the true label proposes groups. Whoever looks through many
groups finds bad ones by chance; so each group is tried on digits that had no part in finding it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_core.errors import ConfigError
from mnist_core.evaluation.group_search import Condition, Terms, proposed_groups
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.evaluation.predictions import IndexArray, MaskArray, Predictions
from mnist_core.evaluation.significance import fisher_p_value
from mnist_core.evaluation.wording import group_name, group_subject

CHANCE = 0.05
"""Shared among the groups that are tried (Bonferroni), so that all together survive by luck this often."""


class GroupRate(NamedTuple):
    """How often a group is wrong on some digits, against the digits outside it."""

    n: int
    n_wrong: int
    n_elsewhere: int
    n_wrong_elsewhere: int

    @property
    def rate(self) -> float:
        """Share of wrong ones in the group; not a number when it is empty."""
        return self.n_wrong / self.n if self.n else float("nan")

    @property
    def rate_elsewhere(self) -> float:
        """Share of wrong ones outside the group; not a number when there are none."""
        return self.n_wrong_elsewhere / self.n_elsewhere if self.n_elsewhere else float("nan")

    @property
    def interval(self) -> Interval:
        """95% Wilson interval of `rate`."""
        return wilson_interval(self.n_wrong, self.n)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WeakGroup:
    """A group that was wrong more often on the half it was found on.

    Attributes:
        true_labels: the labels it is limited to; all ten when it is not.
        conditions: ranges of measures, in the order of the tree.
        found: rates on the half that the group was found on. Chosen for being high, so it flatters the finding.
        confirmed: rates on the other half; the ones to believe.
        p_value: how often a group that is no worse than others would do this badly or worse on the other half (Fisher's
            exact test, one-sided).
        is_confirmed: whether `p_value` is below 0.05 divided by the number of groups that were tried.
        positions: int64 (K,), all digits of the group in both halves, as positions in the predictions.
    """

    true_labels: tuple[int, ...]
    conditions: tuple[Condition, ...]
    found: GroupRate
    confirmed: GroupRate
    p_value: float
    is_confirmed: bool
    positions: IndexArray

    @property
    def name(self) -> str:
        """The group in words, such as "thick, narrow 8s"."""
        return group_name(self.true_labels, self.conditions)

    @property
    def sentence(self) -> str:
        """Name, rate, count, the rate elsewhere, and whether it held on the other half."""
        subject = group_subject(self.true_labels, self.conditions)
        found, other = self.found, self.confirmed
        verdict = "confirmed" if self.is_confirmed else "not confirmed"
        return (
            f"{subject}: {found.rate:.1%} wrong against {found.rate_elsewhere:.1%} elsewhere, {found.n:,} images; "
            f"{verdict} on the other half: "
            + (f"{other.rate:.1%} against {other.rate_elsewhere:.1%}, {other.n:,} images." if other.n else "no images.")
        )


def weak_groups(
    predictions: Predictions,
    measures: pd.DataFrame,
    *,
    min_digits: int = 30,
    max_depth: int = 3,
    max_groups: int = 5,
    seed: int = 0,
) -> tuple[WeakGroup, ...]:
    """Weak groups, the least likely by chance first; none when nothing stands out or there are too few digits.

    Args:
        measures: one row for each prediction, in the same order; numeric columns are used. A digit for which a measure
            is not a number is left out.
        min_digits: a group has at least this many digits on the half it is found on.
        max_depth: a group has at most this many conditions, the label included.
        seed: of the halves, which have the same share of each label.

    Raises:
        ConfigError: `measures` has another number of rows.
    """
    if len(measures) != len(predictions):
        raise ConfigError.invalid("measures", expected=f"{len(predictions)} rows", received=len(measures))
    numbers = measures.select_dtypes("number").astype(np.float64)
    rows = np.flatnonzero(np.isfinite(numbers.to_numpy()).all(axis=1)).astype(np.int64)
    numbers, labels, wrong = numbers.iloc[rows], predictions.labels[rows], ~predictions.correct[rows]
    first = _half(labels, seed)
    proposed = proposed_groups(numbers[first], labels[first], wrong[first], min_digits=min_digits, max_depth=max_depth)
    chosen = _apart([(terms, terms.members(numbers, labels)) for terms in proposed], max_groups)
    return tuple(
        _group(
            terms,
            rows[member],
            found=_rate(member[first], wrong[first]),
            confirmed=_rate(member[~first], wrong[~first]),
            n_groups=len(chosen),
        )
        for terms, member in chosen
    )


def _apart(groups: list[tuple[Terms, MaskArray]], max_groups: int) -> list[tuple[Terms, MaskArray]]:
    """The first groups that are mostly about other digits than those before them."""
    chosen: list[tuple[Terms, MaskArray]] = []
    for terms, member in groups:
        shared = max(((member & other).sum() / min(member.sum(), other.sum()) for _, other in chosen), default=0)
        if shared < 0.5 and len(chosen) < max_groups:
            chosen.append((terms, member))
    return chosen


def _half(labels: npt.NDArray[np.uint8], seed: int) -> MaskArray:
    """Every second digit of each label after shuffling, bool (N,).

    Never balanced by right and wrong as well: then what is found on one half would be bound to show on the other.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    first = np.zeros(len(labels), dtype=np.bool_)
    first[order[::2]] = True
    return first


def _group(terms: Terms, positions: IndexArray, *, found: GroupRate, confirmed: GroupRate, n_groups: int) -> WeakGroup:
    p_value = fisher_p_value(*confirmed)
    positions.setflags(write=False)
    return WeakGroup(
        true_labels=terms.true_labels,
        conditions=terms.conditions,
        found=found,
        confirmed=confirmed,
        p_value=p_value,
        is_confirmed=p_value < CHANCE / n_groups,
        positions=positions,
    )


def _rate(member: MaskArray, wrong: MaskArray) -> GroupRate:
    n, n_wrong = int(member.sum()), int((member & wrong).sum())
    return GroupRate(n, n_wrong, len(wrong) - n, int(wrong.sum()) - n_wrong)
