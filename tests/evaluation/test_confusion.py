from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from mnist_core.errors import ConfigError
from mnist_core.evaluation.confusion import ConfusionMatrix, cell_rows


def test_counts_equal_scikit_learn(predictions):
    expected = confusion_matrix(predictions.labels, predictions.predicted, labels=range(10))
    np.testing.assert_array_equal(ConfusionMatrix.from_predictions(predictions).counts, expected)


@pytest.mark.parametrize(("over", "sklearn_name"), [("true", "true"), ("predicted", "pred"), (None, "all")])
def test_shares_equal_scikit_learn(predictions, over, sklearn_name):
    expected = confusion_matrix(predictions.labels, predictions.predicted, labels=range(10), normalize=sklearn_name)
    np.testing.assert_allclose(ConfusionMatrix.from_predictions(predictions).normalized(over), expected)


def test_a_class_that_is_missing_has_shares_of_zero(four):
    shares = ConfusionMatrix.from_predictions(four).normalized("true")
    assert shares[1].tolist() == [0, 0.5, 0.5] + [0] * 7
    assert shares[0].tolist() == [0] * 10


def test_every_cell_holds_the_rows_counted_in_it(predictions):
    matrix = ConfusionMatrix.from_predictions(predictions)
    seen = []
    for i in range(10):
        for j in range(10):
            rows = cell_rows(predictions, i, j)
            assert len(rows) == matrix.counts[i, j]
            assert all(predictions.labels[row] == i and predictions.predicted[row] == j for row in rows)
            seen.extend(rows.tolist())
    assert sorted(seen) == list(range(len(predictions)))


def test_a_whole_row_or_column_can_be_requested(four):
    assert cell_rows(four, 1, None).tolist() == [0, 1]
    assert cell_rows(four, None, 1).tolist() == [0, 3]
    assert cell_rows(four, None, None).tolist() == [0, 1, 2, 3]


def test_most_confused_pairs_are_ranked_by_count_then_rate_then_label():
    counts = np.zeros((10, 10), dtype=int)
    counts[4, 9], counts[9, 4], counts[2, 7], counts[7, 2] = 5, 7, 5, 5
    counts[4, 4], counts[9, 9], counts[2, 2], counts[7, 7] = 95, 93, 45, 95
    pairs = ConfusionMatrix(counts=counts).most_confused(3)
    assert [(p.true_label, p.predicted_label, p.count) for p in pairs] == [(9, 4, 7), (2, 7, 5), (4, 9, 5)]
    assert [p.rate for p in pairs] == pytest.approx([0.07, 0.1, 0.05])


def test_without_diagonal_only_mistakes_are_left(predictions):
    matrix = ConfusionMatrix.from_predictions(predictions)
    assert matrix.without_diagonal().counts.sum() == int((~predictions.correct).sum())
    assert matrix.counts.sum() == len(predictions)


def test_an_unknown_normalization_is_refused(four):
    with pytest.raises(ConfigError, match="Received: 'rows'"):
        ConfusionMatrix.from_predictions(four).normalized("rows")


def test_the_most_frequent_cells_are_all_that_tie():
    counts = np.eye(10, dtype=int) * 50
    assert ConfusionMatrix(counts=counts).most_frequent == ()
    counts[3, 5] = counts[4, 9] = 4
    counts[7, 2] = 3
    found = ConfusionMatrix(counts=counts).most_frequent
    assert {(pair.true_label, pair.predicted_label, pair.count) for pair in found} == {(3, 5, 4), (4, 9, 4)}
