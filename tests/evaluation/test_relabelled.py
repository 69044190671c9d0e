"""Accuracy under reviewed labels is scikit-learn's on the labels as a person wrote them down."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from mnist_core.data.dataset import SplitName
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import Decision, DecisionKind
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.relabelled import relabelled, suspects

KEEP, AMBIGUOUS = None, -1


def decisions(reviewed: dict[int, int | None]) -> dict[int, Decision]:
    """By row: a new label, `KEEP` or `AMBIGUOUS`."""
    kinds = {KEEP: DecisionKind.KEEP, AMBIGUOUS: DecisionKind.AMBIGUOUS}
    return {
        row: Decision(
            image=ImageRef(split=SplitName.TEST, row=row),
            kind=kinds.get(label, DecisionKind.RELABEL),
            label=None if label in kinds else label,
            time=1.0,
        )
        for row, label in reviewed.items()
    }


def wilson(correct: int, n: int) -> tuple[float, float]:
    """The two solutions p of (share - p)^2 = z^2 p (1 - p) / n, by numpy's roots."""
    z2, share = 1.959963984540054**2, correct / n
    low, high = sorted(np.roots([1 + z2 / n, -(2 * share + z2 / n), share**2]).real)
    return low, high


def test_four_images_by_hand(four: Predictions) -> None:
    """True 1, 1, 2, 7 and predicted 1, 2, 2, 1, in the rows 10 to 13."""
    result = relabelled(four, decisions({10: 4, 11: 2, 13: AMBIGUOUS, 99: 3}))
    assert (result.original.n_correct, result.original.n) == (2, 4)
    assert (result.reviewed.n_correct, result.reviewed.n) == (2, 3)  # row 11 became correct, row 10 wrong
    assert result.became_correct.tolist() == [1]
    assert result.became_wrong.tolist() == [0]
    assert result.left_out.tolist() == [3]
    assert result.n_decisions == 3


def test_the_label_that_it_has_and_keep_change_nothing(four: Predictions) -> None:
    result = relabelled(four, decisions({10: 1, 11: KEEP, 12: KEEP, 13: 8}))
    assert result.reviewed == result.original
    assert [len(part) for part in (result.became_correct, result.became_wrong, result.left_out)] == [0, 0, 0]
    assert result.n_decisions == 4


@pytest.mark.parametrize("seed", range(5))
def test_both_accuracies_are_those_of_scikit_learn(predictions: Predictions, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.choice(predictions.index, 300, replace=False).tolist()
    reviewed = {row: [*range(10), KEEP, AMBIGUOUS][rng.integers(12)] for row in rows}
    true, new, said = [], [], []
    for row, label, probabilities in zip(
        predictions.index.tolist(), predictions.labels.tolist(), predictions.probabilities, strict=True
    ):
        if reviewed.get(row) != AMBIGUOUS:
            true.append(label)
            new.append(label if reviewed.get(row) is KEEP else reviewed[row])
            said.append(int(np.argmax(probabilities)))
    result = relabelled(predictions, decisions(reviewed))
    assert result.reviewed.n == len(said)
    assert result.reviewed.accuracy == pytest.approx(accuracy_score(new, said), abs=1e-12)
    assert result.reviewed.interval == pytest.approx(wilson(result.reviewed.n_correct, len(said)), abs=1e-9)
    guesses = predictions.probabilities.argmax(axis=1)
    assert result.original.accuracy == pytest.approx(accuracy_score(predictions.labels, guesses), abs=1e-12)
    assert result.original.interval == pytest.approx(wilson(result.original.n_correct, 2000), abs=1e-9)
    assert len(result.became_correct) == sum(t != s == n for t, n, s in zip(true, new, said, strict=True))
    assert len(result.became_wrong) == sum(t == s != n for t, n, s in zip(true, new, said, strict=True))


def test_no_images_have_no_accuracy(none: Predictions, four: Predictions) -> None:
    assert np.isnan(relabelled(none, {}).reviewed.accuracy)
    everything = relabelled(four, decisions(dict.fromkeys(range(10, 14), AMBIGUOUS)))
    assert everything.reviewed.n == 0
    assert np.isnan(everything.reviewed.accuracy)
    assert suspects(none).tolist() == []


def test_suspects_are_those_of_a_loop_over_all_images(predictions: Predictions) -> None:
    of_label: dict[int, list[float]] = {label: [] for label in range(10)}
    for label, row in zip(predictions.labels.tolist(), predictions.probabilities.tolist(), strict=True):
        of_label[label].append(row[label])
    gaps = {}
    for position, (label, row) in enumerate(
        zip(predictions.labels.tolist(), predictions.probabilities.tolist(), strict=True)
    ):
        best = max(range(10), key=lambda k: row[k])
        if best != label and row[best] >= np.mean(of_label[best]):
            gaps[position] = row[best] - row[label]
    found = suspects(predictions).tolist()
    assert set(found) == set(gaps)
    assert 0 < len(found) < 2000 - predictions.correct.sum()
    assert [gaps[position] for position in found] == sorted(gaps.values(), reverse=True)
