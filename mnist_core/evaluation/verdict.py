"""What the predictions of a run show, in sentences: each with the numbers it was read from.

No sentence claims what chance could explain: whether a confusion, a class or a slice stands out is tested, and the test
allows for how many were looked at. Where none stands out, that is the finding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from mnist_core.evaluation.confusion import ConfusedPair, ConfusionMatrix
from mnist_core.evaluation.intervals import LEVEL, Interval, wilson_interval
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.scores import ClassScore, Scores, scores
from mnist_core.evaluation.significance import UNLIKELY, binomial_p_value, fisher_p_value, holm_p_values
from mnist_core.shares import shown_level, shown_range, shown_share
from mnist_core.words import counted, listed

if TYPE_CHECKING:  # it loads pandas, and the accuracy of a run need not wait for that
    from mnist_core.evaluation.weak_slices import WeakSlice

MOST_NAMED = 3
"""So many confusions that tie are named."""


class Tendency(StrEnum):
    """Whether confidence is above or below accuracy by more than chance explains."""

    OVERCONFIDENT = "overconfident"
    UNDERCONFIDENT = "underconfident"
    NEITHER = "neither"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccuracyFinding:
    """How accurate the run is, and how well that is known."""

    n: int
    n_wrong: int
    accuracy: float
    interval: Interval

    def sentence(self, class_names: Sequence[str]) -> str:
        """Of these digits, and of all that they are a sample of; `class_names` are not used."""
        wrong = "none" if self.n_wrong == 0 else f"{self.n_wrong:,}"
        return (
            f"The accuracy is {shown_share(self.accuracy)}: {wrong} of {counted(self.n, 'digit')} "
            f"{'is' if self.n_wrong in (0, 1) else 'are'} wrong. For digits like these in general, it lies between "
            f"{shown_share(self.interval.low)} and {shown_share(self.interval.high)} ({shown_level(LEVEL)} interval)."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfusionFinding:
    """The most frequent confusion.

    Attributes:
        pair: the cell of the matrix; the first of `tied`.
        tied: all cells with as many digits.
        n_wrong: all misclassified digits.
        rival: the next most frequent one, if chance could have made it the less frequent of the two.
        stands_out: whether it is more frequent than it could be if wrong digits fell into all cells alike.
    """

    pair: ConfusedPair
    tied: tuple[ConfusedPair, ...]
    n_wrong: int
    rival: ConfusedPair | None
    stands_out: bool

    def sentence(self, class_names: Sequence[str]) -> str:
        """The pair, or those that tie, with their share of the wrong digits."""
        count = f"{self.pair.count:,} of {counted(self.n_wrong, 'wrong digit')}"
        names = pair_words(self.tied, class_names)
        if len(self.tied) > 1:
            equal = f"are equally frequent, {count} each: {names}."
            if not self.stands_out:
                return f"No confusion stands out: the {len(self.tied):,} most frequent {equal}"
            return f"The {len(self.tied):,} most frequent confusions {equal}"
        if not self.stands_out:
            return f"No confusion stands out: the most frequent, {names}, is {count}."
        start = f"The most frequent confusion is {names}: {count}"
        if self.rival is None:
            return f"{start}."
        return f"{start}; {pair_words((self.rival,), class_names)} ({self.rival.count:,}) may be as frequent."


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassFinding:
    """The classes that are found less often than the others.

    Attributes:
        weak: those that stand out, the lowest recall first; chance could change their order.
        lowest: the class with the lowest recall, whether it stands out or not.
        recall_elsewhere: of all digits of the other classes than `lowest`.
    """

    weak: tuple[ClassScore, ...]
    lowest: ClassScore
    recall_elsewhere: float

    def sentence(self, class_names: Sequence[str]) -> str:
        """The lowest recall with its interval, against the recall of all other digits."""
        low, high = self.lowest.recall_interval
        name, recall = class_names[self.lowest.label], shown_share(self.lowest.recall)
        interval = f"{shown_level(LEVEL)} interval {shown_range(low, high)}"
        if not self.weak:
            return f"No class stands out: the lowest recall is that of {name}, {recall} ({interval})."
        start = (
            f"{name} is found less often than the other classes: {recall} of {counted(self.lowest.support, 'digit')} "
            f"({interval}), against {shown_share(self.recall_elsewhere)} of all others."
        )
        also = [class_names[score.label] for score in self.weak if score is not self.lowest]
        return f"{start} The same is true of {listed(also)}." if also else start


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfidenceFinding:
    """Mean confidence against accuracy."""

    mean_confidence: float
    accuracy: float
    interval: Interval

    @property
    def tendency(self) -> Tendency:
        """By the interval of the accuracy: the mean confidence of a calibrated network is within it."""
        if self.mean_confidence > self.interval.high:
            return Tendency.OVERCONFIDENT
        return Tendency.UNDERCONFIDENT if self.mean_confidence < self.interval.low else Tendency.NEITHER

    def sentence(self, class_names: Sequence[str]) -> str:
        """Both figures; `class_names` are not used."""
        confidence, accuracy = shown_share(self.mean_confidence), shown_share(self.accuracy)
        if self.tendency is Tendency.NEITHER:
            return (
                f"On average, confidence agrees with accuracy: the mean confidence, {confidence}, is within the "
                "interval of the accuracy."
            )
        return f"The run is {self.tendency}: its mean confidence is {confidence}, its accuracy {accuracy}."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SliceFinding:
    """The confirmed weak slice that differs most from the rest."""

    weak: WeakSlice

    def sentence(self, class_names: Sequence[str]) -> str:
        """Its error rate on the half that had no part in the search; `class_names` are not used."""
        found = self.weak.confirmation
        name = self.weak.name[:1].upper() + self.weak.name[1:]
        return (
            f"{name} are wrong more often: {shown_share(found.rate)} of {counted(found.n, 'digit')}, against "
            f"{shown_share(found.rate_elsewhere)} of the others."
        )


Finding = AccuracyFinding | ConfusionFinding | ClassFinding | ConfidenceFinding


def verdict(predictions: Predictions) -> tuple[Finding, ...]:
    """What the predictions show, the accuracy first; nothing if there are none."""
    if len(predictions) == 0:
        return ()
    found = scores(predictions)
    accuracy = AccuracyFinding(
        n=found.n, n_wrong=found.n_mistakes, accuracy=found.accuracy, interval=found.accuracy_interval
    )
    confidence = ConfidenceFinding(
        mean_confidence=float(predictions.confidence.mean(dtype=np.float64)),
        accuracy=found.accuracy,
        interval=found.accuracy_interval,
    )
    if found.n_mistakes == 0:
        return accuracy, confidence
    matrix = ConfusionMatrix.from_predictions(predictions)
    classes = class_finding(found)
    return accuracy, confusion_finding(matrix), *(() if classes is None else (classes,)), confidence


def confusion_finding(matrix: ConfusionMatrix) -> ConfusionFinding:
    """The most frequent confusion of a matrix with misclassified digits.

    It stands out if a cell would seldom get so many wrong digits when all cells off the diagonal get them alike: by the
    binomial distribution, for as many cells as were looked at (Bonferroni). The next one is a rival unless a fair coin
    would seldom share the digits of both so unequally. Source: Hung and Fithian, Rank verification for exponential
    families, Annals of Statistics 47, 2019: to compare the winner with the runner-up is enough.
    """
    tied = matrix.most_frequent
    first, *rest = matrix.most_confused(2)
    n_wrong = int(matrix.without_diagonal().counts.sum())
    n_cells = _cells_with_digits(matrix)
    p_value = n_cells * binomial_p_value(first.count, n_wrong, 1 / n_cells)
    is_rival = rest and 2 * binomial_p_value(first.count, first.count + rest[0].count, 0.5) >= UNLIKELY
    return ConfusionFinding(
        pair=first, tied=tied, n_wrong=n_wrong, rival=rest[0] if is_rival else None, stands_out=p_value < UNLIKELY
    )


def _cells_with_digits(matrix: ConfusionMatrix) -> int:
    """How many cells off the diagonal a digit can be in: those of the classes that occur."""
    n_labels = len(matrix.counts)
    return int((matrix.counts.sum(axis=1) > 0).sum()) * (n_labels - 1)


def class_finding(found: Scores) -> ClassFinding | None:
    """The classes whose recall is lower than that of all other digits; None with fewer than two classes.

    A class stands out if Fisher's exact test of its wrong digits against those of all other classes is significant with
    Holm's adjustment for all classes, and the interval of its recall is below that of the others.
    """
    classes = [score for score in found.per_class if score.support > 0]
    if len(classes) < 2:
        return None
    others = [_Others.of(found, score) for score in classes]
    p_values = holm_p_values(
        [
            fisher_p_value(score.support, score.support - score.correct, other.n, other.n - other.n_correct)
            for score, other in zip(classes, others, strict=True)
        ]
    )
    weak = [
        score
        for score, other, p_value in zip(classes, others, p_values, strict=True)
        if p_value < UNLIKELY and score.recall_interval.high < other.interval.low
    ]
    lowest = min(weak or classes, key=lambda score: score.recall)
    return ClassFinding(
        weak=tuple(sorted(weak, key=lambda score: score.recall)),
        lowest=lowest,
        recall_elsewhere=_Others.of(found, lowest).recall,
    )


@dataclass(frozen=True, slots=True)
class _Others:
    """The digits of all classes but one."""

    n: int
    n_correct: int

    @classmethod
    def of(cls, found: Scores, one: ClassScore) -> _Others:
        return cls(found.n - one.support, found.n - found.n_mistakes - one.correct)

    @property
    def recall(self) -> float:
        return self.n_correct / self.n if self.n else math.nan

    @property
    def interval(self) -> Interval:
        return wilson_interval(self.n_correct, self.n)


def slice_finding(slices: Sequence[WeakSlice]) -> SliceFinding | None:
    """The worst of the slices that `weak_slices` found, which come in that order; None if it is not confirmed."""
    return SliceFinding(weak=slices[0]) if slices and slices[0].is_confirmed else None


def pair_words(pairs: Sequence[ConfusedPair], class_names: Sequence[str]) -> str:
    """Confusions in a sentence, three of them by name: "3 predicted as 5, 4 as 9, 7 as 2 and 1 more"."""
    names = [
        f"{class_names[pair.true_label]} {'as' if place else 'predicted as'} {class_names[pair.predicted_label]}"
        for place, pair in enumerate(pairs)
    ]
    return listed(names, limit=MOST_NAMED)
