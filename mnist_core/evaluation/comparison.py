"""Comparison of two runs on the same images: which ones the second run fixed and broke."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.evaluation.predictions import IndexArray, LabelArray, Predictions
from mnist_core.evaluation.significance import mcnemar_p_value


class Outcome(StrEnum):
    """The result of an image in both runs."""

    BOTH_RIGHT = "both right"
    FIXED = "fixed"  # wrong in the first, correct in the second
    BROKEN = "broken"  # correct in the first, wrong in the second
    BOTH_WRONG = "both wrong"


OUTCOMES = tuple(Outcome)
"""The outcomes in the order of their codes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Comparison:
    """The images that two runs have in common; read-only arrays (N,).

    Attributes:
        index: int64, ascending row numbers of these images in their split.
        labels: uint8, their true labels.
        outcome_codes: uint8, position of the outcome of each image in `OUTCOMES`.
        n_first_only, n_second_only: images with predictions of only one run; they are left out.
    """

    index: IndexArray
    labels: LabelArray
    outcome_codes: npt.NDArray[np.uint8]
    n_first_only: int
    n_second_only: int

    def __post_init__(self) -> None:
        self.index.setflags(write=False)
        self.labels.setflags(write=False)
        self.outcome_codes.setflags(write=False)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def counts(self) -> dict[Outcome, int]:
        """Images of each outcome."""
        counts = np.bincount(self.outcome_codes, minlength=len(OUTCOMES)).tolist()
        return dict(zip(OUTCOMES, counts, strict=True))

    def by_label(self, outcome: Outcome) -> IndexArray:
        """Images with this outcome of each true label, int64 (10,)."""
        labels = self.labels[self.outcome_codes == OUTCOMES.index(outcome)]
        return np.bincount(labels, minlength=N_CLASSES).astype(np.int64)

    def rows(self, outcome: Outcome) -> IndexArray:
        """Row numbers in the split, int64 (K,), of the images with this outcome."""
        rows: IndexArray = self.index[self.outcome_codes == OUTCOMES.index(outcome)]
        return rows

    @property
    def n_right(self) -> tuple[int, int]:
        """How many images are correct in the first and in the second run."""
        counts = self.counts
        both = counts[Outcome.BOTH_RIGHT]
        return both + counts[Outcome.BROKEN], both + counts[Outcome.FIXED]

    @property
    def accuracies(self) -> tuple[float, float]:
        """Accuracy of the first and of the second run on these images."""
        first, second = self.n_right
        return first / len(self), second / len(self)

    @property
    def accuracy_intervals(self) -> tuple[Interval, Interval]:
        """95% Wilson interval of each accuracy. They may overlap although the runs differ: see `p_value`."""
        first, second = self.n_right
        return wilson_interval(first, len(self)), wilson_interval(second, len(self))

    @property
    def difference(self) -> float:
        """Accuracy of the second run minus that of the first."""
        counts = self.counts
        return (counts[Outcome.FIXED] - counts[Outcome.BROKEN]) / len(self)

    @property
    def difference_interval(self) -> Interval:
        """95% interval of `difference`, for paired data.

        Built from the two Wilson intervals and the correlation of the runs: method 10 of Newcombe, Improved confidence
        intervals for the difference between binomial proportions based on paired data, Statistics in Medicine 17, 1998.
        """
        (first_low, first_high), (second_low, second_high) = self.accuracy_intervals
        first, second = self.accuracies
        correlation = self._correlation()
        down = _distance(second - second_low, first_high - first, correlation)
        up = _distance(second_high - second, first - first_low, correlation)
        return Interval(self.difference - down, self.difference + up)

    @property
    def p_value(self) -> float:
        """Probability that equally good runs differ by this much or more, by McNemar's exact test (two-sided)."""
        counts = self.counts
        return mcnemar_p_value(counts[Outcome.FIXED], counts[Outcome.BROKEN])

    def _correlation(self) -> float:
        """Phi of the four counts, continuity-corrected as in Newcombe's method; 0 when a margin is empty."""
        counts = self.counts
        right, broken = counts[Outcome.BOTH_RIGHT], counts[Outcome.BROKEN]
        fixed, wrong = counts[Outcome.FIXED], counts[Outcome.BOTH_WRONG]
        product = (right + broken) * (fixed + wrong) * (right + fixed) * (broken + wrong)
        if product == 0:
            return 0.0
        cross = float(right * wrong - broken * fixed)
        if cross > 0:
            cross = max(cross - len(self) / 2, 0.0)
        return cross / math.sqrt(product)


def compare(first: Predictions, second: Predictions) -> Comparison:
    """The outcome of each image with predictions of both runs, matched by its row number in the split.

    Raises:
        PredictionsError: the runs have no image in common, or their true labels differ (other data).
    """
    index, in_first, in_second = _in_both(first.index, second.index)
    if len(index) == 0:
        raise PredictionsError("The two runs cannot be compared: they have no image in common.")
    if not np.array_equal(first.labels[in_first], second.labels[in_second]):
        raise PredictionsError(
            "The two runs cannot be compared: their true labels differ, so the data are not the same."
        )
    was_right, is_right = first.correct[in_first], second.correct[in_second]
    return Comparison(
        index=index,
        labels=first.labels[in_first],
        outcome_codes=outcome_codes(was_right, is_right),
        n_first_only=len(first) - len(index),
        n_second_only=len(second) - len(index),
    )


def outcome_codes(was_right: npt.NDArray[np.bool_], is_right: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The outcome of each image by its position in `OUTCOMES`, uint8 (N,).

    Args:
        was_right, is_right: whether the first and the second run are correct, (N,).
    """
    outcomes = {
        Outcome.BOTH_RIGHT: was_right & is_right,
        Outcome.FIXED: ~was_right & is_right,
        Outcome.BROKEN: was_right & ~is_right,
        Outcome.BOTH_WRONG: ~was_right & ~is_right,
    }
    return np.select(list(outcomes.values()), [OUTCOMES.index(outcome) for outcome in outcomes]).astype(np.uint8)


def _distance(first: float, second: float, correlation: float) -> float:
    return math.sqrt(max(first * first - 2 * correlation * first * second + second * second, 0.0))


def _in_both(first: IndexArray, second: IndexArray) -> tuple[IndexArray, IndexArray, IndexArray]:
    """The rows that are in both, in order, and where each is in the one and in the other."""
    if np.array_equal(first, second):  # as is usual: two runs with predictions for all test images
        order = np.argsort(first)
        return first[order], order, order
    return np.intersect1d(first, second, assume_unique=True, return_indices=True)
