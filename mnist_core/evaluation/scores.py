"""Accuracy, loss, and precision, recall and F1 per class, with 95% intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.evaluation.predictions import Predictions

NOT_DEFINED = float("nan")


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScore:
    """The scores of one class.

    Attributes:
        precision: share of the images predicted as this class that are correct; NaN if there are none.
        recall: share of the images of this class that are correct; NaN if there are none.
        f1: harmonic mean of both; NaN if the class neither occurs nor is predicted.
        support: images with this true label.
        predicted: images predicted as this label.
        correct: images that are both.
        precision_interval, recall_interval: 95% Wilson intervals.
    """

    label: int
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int
    correct: int
    precision_interval: Interval
    recall_interval: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The scores of some predictions; `loss` in nats; all NaN if there are no images."""

    n: int
    accuracy: float
    accuracy_interval: Interval
    loss: float
    top2_accuracy: float
    per_class: tuple[ClassScore, ...]

    @property
    def n_mistakes(self) -> int:
        """How many images are misclassified."""
        return self.n - sum(score.correct for score in self.per_class)

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels that occur or are predicted."""
        values = [score.f1 for score in self.per_class if score.f1 == score.f1]
        return float(np.mean(values)) if values else NOT_DEFINED


def scores(predictions: Predictions) -> Scores:
    """All scores of `predictions`."""
    matrix = ConfusionMatrix.from_predictions(predictions)
    n_correct = int(np.trace(matrix.counts))
    return Scores(
        n=len(predictions),
        accuracy=_share(n_correct, len(predictions)),
        accuracy_interval=wilson_interval(n_correct, len(predictions)),
        loss=predictions.loss,
        top2_accuracy=top_k_accuracy(predictions, 2),
        per_class=class_scores(matrix),
    )


def class_scores(matrix: ConfusionMatrix) -> tuple[ClassScore, ...]:
    """The score of each label, in label order."""
    correct = np.diag(matrix.counts).tolist()
    support = matrix.counts.sum(axis=1).tolist()
    predicted = matrix.counts.sum(axis=0).tolist()
    return tuple(
        ClassScore(
            label=label,
            precision=_share(correct[label], predicted[label]),
            recall=_share(correct[label], support[label]),
            f1=_share(2 * correct[label], predicted[label] + support[label]),
            support=support[label],
            predicted=predicted[label],
            correct=correct[label],
            precision_interval=wilson_interval(correct[label], predicted[label]),
            recall_interval=wilson_interval(correct[label], support[label]),
        )
        for label in range(len(correct))
    )


def top_k_accuracy(predictions: Predictions, k: int) -> float:
    """Share of images whose true label is among the `k` most probable; at equal probability the lower label first."""
    if len(predictions) == 0:
        return NOT_DEFINED
    true = predictions.true_probability[:, None]  # (N, 1)
    is_before = np.arange(predictions.probabilities.shape[1]) < predictions.labels[:, None]
    ahead = (predictions.probabilities > true) | ((predictions.probabilities == true) & is_before)
    return float((ahead.sum(axis=1) < k).mean())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else NOT_DEFINED
