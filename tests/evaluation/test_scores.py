from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_fscore_support, top_k_accuracy_score

from mnist_core.evaluation.intervals import wilson_interval
from mnist_core.evaluation.scores import scores, top_k_accuracy


def test_per_class_scores_equal_scikit_learn(predictions):
    precision, recall, f1, support = precision_recall_fscore_support(
        predictions.labels, predictions.predicted, labels=range(10)
    )
    per_class = scores(predictions).per_class
    assert [item.label for item in per_class] == list(range(10))
    assert [item.precision for item in per_class] == pytest.approx(precision)
    assert [item.recall for item in per_class] == pytest.approx(recall)
    assert [item.f1 for item in per_class] == pytest.approx(f1)
    assert [item.support for item in per_class] == support.tolist()


def test_macro_f1_and_top_two_equal_scikit_learn(predictions):
    result = scores(predictions)
    assert result.macro_f1 == pytest.approx(f1_score(predictions.labels, predictions.predicted, average="macro"))
    assert result.top2_accuracy == pytest.approx(
        top_k_accuracy_score(predictions.labels, predictions.probabilities, k=2, labels=range(10))
    )


def test_four_images_by_hand(four):
    result = scores(four)
    one, two, seven, three = (result.per_class[label] for label in (1, 2, 7, 3))
    assert (one.support, one.predicted, one.correct) == (2, 2, 1)
    assert (two.precision, two.recall, two.f1) == pytest.approx((0.5, 1.0, 2 / 3))
    assert np.isnan(seven.precision)
    assert seven.recall == 0
    assert np.isnan([three.precision, three.recall, three.f1]).all()
    assert result.top2_accuracy == 0.75
    assert result.n_mistakes == 2
    assert result.accuracy_interval == wilson_interval(2, 4)


def test_the_first_of_equal_probabilities_counts_as_first(predictions, four):
    assert top_k_accuracy(predictions, 1) == pytest.approx(predictions.accuracy)
    assert top_k_accuracy(four, 10) == 1


def test_no_images_have_no_scores(none):
    result = scores(none)
    assert result.n == 0
    assert np.isnan([result.accuracy, result.loss, result.top2_accuracy, result.macro_f1]).all()
    assert result.accuracy_interval == (0, 1)
