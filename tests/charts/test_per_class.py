from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from dashboard.charts.per_class import per_class_figure
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.scores import scores

OCCURRING = [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_points_equal_scikit_learn(predictions):
    precision, recall, f1, _ = precision_recall_fscore_support(
        predictions.labels, predictions.predicted, labels=OCCURRING
    )
    by_name = {trace.name.split(":")[0]: trace for trace in per_class_figure(scores(predictions)).data}
    assert list(by_name["Precision"].y) == pytest.approx(precision)
    assert list(by_name["Recall"].y) == pytest.approx(recall)
    assert list(by_name["F1"].y) == pytest.approx(f1)
    assert list(by_name["F1"].x) == OCCURRING


def test_error_bars_end_at_the_interval(predictions):
    result = scores(predictions)
    recall = next(trace for trace in per_class_figure(result).data if trace.name.startswith("Recall"))
    seven = OCCURRING.index(7)
    assert recall.y[seven] + recall.error_y.array[seven] == pytest.approx(result.per_class[7].recall_interval.high)
    assert recall.y[seven] - recall.error_y.arrayminus[seven] == pytest.approx(result.per_class[7].recall_interval.low)


def test_a_label_never_predicted_has_a_gap_and_says_so():
    predictions = Predictions.of_split(np.array([3, 3, 3, 4]), np.eye(10)[[3, 3, 3, 3]])
    precision = next(t for t in per_class_figure(scores(predictions)).data if t.name.startswith("Precision"))
    assert list(precision.y) == [0.75, None]
    assert "no predicted 4" in precision.text[1]


def test_no_images_say_so():
    predictions = Predictions.of_split(np.zeros(0, dtype=int), np.zeros((0, 10)))
    assert per_class_figure(scores(predictions)).layout.annotations[0].text == "There are no images to score."
