from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from mnist_core.evaluation.curves import precision_recall_curves, roc_curves
from mnist_core.evaluation.predictions import Predictions


@pytest.fixture(scope="module")
def tied(predictions):
    """The same predictions rounded, so that many images share a probability."""
    rounded = np.round(predictions.probabilities.astype(float), 2)
    return Predictions.of_split(predictions.labels, rounded / rounded.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("label", [0, 4, 9])
@pytest.mark.parametrize("source", ["predictions", "tied"])
def test_roc_equals_scikit_learn(request, source, label):
    predictions = request.getfixturevalue(source)
    truth, scores = predictions.labels == label, predictions.probabilities[:, label]
    curve = roc_curves(predictions)[label]
    false_positive_rate, true_positive_rate, thresholds = roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.false_positive_rate, false_positive_rate)
    np.testing.assert_allclose(curve.true_positive_rate, true_positive_rate)
    np.testing.assert_allclose(curve.thresholds, thresholds)
    assert curve.area == pytest.approx(roc_auc_score(truth, scores))
    assert curve.label == label


@pytest.mark.parametrize("label", [0, 4, 9])
@pytest.mark.parametrize("source", ["predictions", "tied"])
def test_precision_recall_equals_scikit_learn(request, source, label):
    predictions = request.getfixturevalue(source)
    truth, scores = predictions.labels == label, predictions.probabilities[:, label]
    curve = precision_recall_curves(predictions)[label]
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    np.testing.assert_allclose(curve.precision, precision[:-1][::-1])  # theirs ends with the point (1, 0)
    np.testing.assert_allclose(curve.recall, recall[:-1][::-1])
    np.testing.assert_allclose(curve.thresholds, thresholds[::-1])
    assert curve.average_precision == pytest.approx(average_precision_score(truth, scores))


def test_a_label_that_is_missing_has_no_curve(four):
    assert len(roc_curves(four)[5].thresholds) == 0
    assert np.isnan(roc_curves(four)[5].area)
    assert np.isnan(precision_recall_curves(four)[5].average_precision)
    assert roc_curves(four)[2].area == pytest.approx(1.0)


def test_a_label_that_all_images_have_has_no_roc_curve():
    only = Predictions.of_split(np.array([3, 3]), np.eye(10)[[3, 4]])
    assert np.isnan(roc_curves(only)[3].area)
    assert precision_recall_curves(only)[3].average_precision == 1


def test_no_images_have_no_curves(none):
    assert all(np.isnan(curve.area) for curve in roc_curves(none))
    assert all(len(curve.recall) == 0 for curve in precision_recall_curves(none))
