"""The difference of two confusion matrices, against scikit-learn on the images that both runs have."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_core.errors import PredictionsError
from mnist_core.evaluation.confusion_change import ConfusionChange, confusion_change
from mnist_core.evaluation.predictions import Predictions

N = 500
Answers = dict[int, tuple[int, int]]
"""The true and the predicted label of each image."""


@pytest.fixture(scope="module")
def two() -> tuple[Predictions, Predictions]:
    """Two runs on the same images, each in an order of its own, and each without some that the other has."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 10, N).astype(np.uint8)
    made = []
    for left_out in (range(30), range(20, 70)):
        order = rng.permutation(np.delete(np.arange(N), list(left_out)))
        logits = rng.normal(size=(N, 10)) + 2 * np.eye(10)[labels]
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        made.append(Predictions(index=order + 1000, labels=labels[order], probabilities=probabilities[order]))
    return made[0], made[1]


@pytest.fixture(scope="module")
def by_hand(two: tuple[Predictions, Predictions]) -> tuple[Answers, Answers]:
    each = [
        {int(i): (int(y), int(np.argmax(p))) for i, y, p in zip(one.index, one.labels, one.probabilities, strict=True)}
        for one in two
    ]
    common = each[0].keys() & each[1].keys()
    first, second = ({row: one[row] for row in sorted(common)} for one in each)
    return first, second


@pytest.fixture(scope="module")
def change(two: tuple[Predictions, Predictions]) -> ConfusionChange:
    return confusion_change(*two)


def test_it_is_the_second_matrix_minus_the_first(change: ConfusionChange, by_hand: tuple[Answers, Answers]) -> None:
    before, after = (confusion_matrix(*zip(*answers.values(), strict=True), labels=range(10)) for answers in by_hand)
    np.testing.assert_array_equal(change.counts, after - before)
    assert change.counts.any()
    np.testing.assert_array_equal(change.counts.sum(axis=1), 0)


@pytest.mark.parametrize(("true", "predicted"), [(4, 9), (4, None), (None, 9), (3, 3)])
def test_the_images_that_moved_are_in_the_cell_in_one_run_alone(
    change: ConfusionChange, by_hand: tuple[Answers, Answers], true: int | None, predicted: int | None
) -> None:
    first, second = by_hand
    expected = [
        row
        for row, (label, said) in first.items()
        if said != second[row][1] and true in (None, label) and predicted in (None, said, second[row][1])
    ]
    found = change.moved(true, predicted)
    assert change.index[found].tolist() == expected
    assert expected


def test_other_images_and_other_labels_are_refused(two: tuple[Predictions, Predictions]) -> None:
    first, _ = two
    elsewhere = Predictions(index=first.index + N * 10, labels=first.labels, probabilities=first.probabilities)
    relabelled = Predictions(index=first.index, labels=(first.labels + 1) % 10, probabilities=first.probabilities)
    for other in (elsewhere, relabelled):
        with pytest.raises(PredictionsError):
            confusion_change(first, other)
