"""Suspect labels among predictions, and accuracy under the labels as a person has reviewed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mnist_core.data.finding.suspect_labels import suspect_labels
from mnist_core.data.label_overlay.overlay import Decision, DecisionKind
from mnist_core.evaluation.intervals import Interval, wilson_interval
from mnist_core.evaluation.predictions import IndexArray, Predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectCount:
    """How many of some images are correct."""

    n_correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Share of correct images; NaN if there are no images."""
        return self.n_correct / self.n if self.n else float("nan")

    @property
    def interval(self) -> Interval:
        """95% Wilson interval of the accuracy."""
        return wilson_interval(self.n_correct, self.n)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Relabelled:
    """The same predictions under the original labels and under the reviewed ones.

    Attributes:
        original: under the labels of the data set.
        reviewed: with the new label of each relabelled image, and without the ambiguous images.
        became_correct: positions int64 (K,) of the images that are wrong under their original label and correct under
            the new one.
        became_wrong: positions of those for which it is the other way round.
        left_out: positions of the ambiguous images.
        n_decisions: how many of the images were reviewed.
    """

    original: CorrectCount
    reviewed: CorrectCount
    became_correct: IndexArray
    became_wrong: IndexArray
    left_out: IndexArray
    n_decisions: int


def relabelled(predictions: Predictions, decisions: Mapping[int, Decision]) -> Relabelled:
    """Compare the accuracy under both labels.

    Args:
        decisions: by the row of the image in its split, which is that of the predictions; others are ignored.
    """
    reviewed = np.flatnonzero(np.isin(predictions.index, list(decisions))).tolist()
    labels, is_counted = predictions.labels.copy(), np.ones(len(predictions), dtype=np.bool_)
    for position in reviewed:
        decision = decisions[int(predictions.index[position])]
        if decision.label is not None:
            labels[position] = decision.label
        is_counted[position] = decision.kind is not DecisionKind.AMBIGUOUS
    before, after = predictions.correct, predictions.predicted == labels
    return Relabelled(
        original=CorrectCount(n_correct=int(before.sum()), n=len(predictions)),
        reviewed=CorrectCount(n_correct=int((after & is_counted).sum()), n=int(is_counted.sum())),
        became_correct=np.flatnonzero(after & ~before).astype(np.int64),
        became_wrong=np.flatnonzero(before & ~after).astype(np.int64),
        left_out=np.flatnonzero(~is_counted).astype(np.int64),
        n_decisions=len(reviewed),
    )


def suspects(predictions: Predictions) -> IndexArray:
    """Positions int64 (K,) of the misclassified images whose label is suspect, the most suspect first.

    The probability of their predicted label is at least as high as its mean over the images with that label. They are
    sorted by how much more probable the predicted label is than that of the data set, as in "prune by noise rate" of
    Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR 70, 2021. The run
    must not have been trained on these images.
    """
    found = suspect_labels(predictions.labels, predictions.probabilities)
    positions = found.positions[found.suggested == predictions.predicted[found.positions]]
    gap = predictions.confidence[positions] - predictions.true_probability[positions]
    ranked: IndexArray = positions[np.argsort(-gap, kind="stable")]
    return ranked
