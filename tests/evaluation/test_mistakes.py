from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import ConfigError
from mnist_core.evaluation.mistakes import MistakeQuery, MistakeSort, find_mistakes


def test_all_mistakes_and_nothing_else_are_found(predictions):
    found = find_mistakes(predictions, MistakeQuery())
    by_hand = [
        row for row in range(len(predictions)) if predictions.labels[row] != predictions.probabilities[row].argmax()
    ]
    assert sorted(found.tolist()) == by_hand


def test_labels_filter_by_hand(predictions):
    query = MistakeQuery(true_labels=(9, 4), predicted_labels=(1, 2, 3))
    by_hand = {
        row
        for row, (label, guess) in enumerate(zip(predictions.labels, predictions.predicted, strict=True))
        if label in (4, 9) and guess in (1, 2, 3)
    }
    assert set(find_mistakes(predictions, query).tolist()) == by_hand
    assert by_hand


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        (MistakeSort.LOSS, lambda p: p.losses),
        (MistakeSort.CONFIDENCE, lambda p: p.probabilities.max(axis=1)),
        (MistakeSort.MARGIN, lambda p: np.sort(p.probabilities)[:, -1] - np.sort(p.probabilities)[:, -2]),
        (MistakeSort.INDEX, lambda p: p.index),
    ],
)
@pytest.mark.parametrize("descending", [True, False])
def test_order_follows_the_value(predictions, sort, values, descending):
    found = find_mistakes(predictions, MistakeQuery(sort=sort, descending=descending))
    steps = np.diff(values(predictions)[found].astype(float))
    assert (steps <= 0).all() if descending else (steps >= 0).all()


def test_correct_images_are_included_on_request(four):
    query = MistakeQuery(true_labels=(1,), only_mistakes=False, sort=MistakeSort.CONFIDENCE)
    assert find_mistakes(four, query).tolist() == [0, 1]


def test_a_mask_and_a_measure_narrow_and_order(four):
    query = MistakeQuery(only_mistakes=False, sort=MistakeSort.MEASURE, descending=False)
    keep = np.array([True, True, False, True])
    measure = np.array([3.0, np.nan, 0.0, 1.0])
    assert find_mistakes(four, query, keep=keep, measure=measure).tolist() == [3, 0, 1]


def test_equal_values_stay_in_row_order_both_ways(four):
    for descending in (True, False):
        query = MistakeQuery(only_mistakes=False, sort=MistakeSort.MEASURE, descending=descending)
        assert find_mistakes(four, query, measure=np.ones(4)).tolist() == [0, 1, 2, 3]


def test_the_most_confident_mistakes_are_sorted_beyond_the_clipped_loss(four):
    assert find_mistakes(four, MistakeQuery()).tolist() == [3, 1]


@pytest.mark.parametrize("labels", [(10,), (-1,), ("3",), (True,), (2.0,), 3, None, "3"])
def test_labels_that_cannot_be_are_refused(labels):
    with pytest.raises(ConfigError, match="labels from 0 to 9"):
        MistakeQuery(true_labels=labels)


def test_other_invalid_queries_are_refused(four):
    with pytest.raises(ConfigError, match="one of loss"):
        MistakeQuery(sort="size")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="needs its values"):
        find_mistakes(four, MistakeQuery(sort=MistakeSort.MEASURE))
    with pytest.raises(ConfigError, match=r"\(4,\)"):
        find_mistakes(four, MistakeQuery(), keep=np.ones(3, dtype=bool))


def test_sort_may_be_given_as_text():
    assert MistakeQuery(sort="margin").sort is MistakeSort.MARGIN  # type: ignore[arg-type]
    assert MistakeQuery(true_labels=(3, 1, 3)) == MistakeQuery(true_labels=(1, 3))
