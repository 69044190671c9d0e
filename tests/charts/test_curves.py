from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score, roc_auc_score

from dashboard.charts.curves import MAX_POINTS, corners, precision_recall_figure, roc_figure
from mnist_core.evaluation.curves import precision_recall_curves, roc_curves


def test_drawn_roc_curves_have_the_area_of_scikit_learn(predictions):
    traces = [trace for trace in roc_figure(roc_curves(predictions)).data if trace.customdata is not None]
    assert [trace.name.split(":")[0] for trace in traces] == ["0", "1", "2", "3", "4", "6", "7", "8", "9"]
    four = traces[4]
    expected = roc_auc_score(predictions.labels == 4, predictions.probabilities[:, 4])
    assert auc(four.x, four.y) == pytest.approx(expected, abs=1e-9)
    assert four.name == f"4: {expected:.4f}"


def test_precision_recall_names_the_average_precision(predictions):
    four = next(t for t in precision_recall_figure(precision_recall_curves(predictions)).data if t.name.startswith("4"))
    expected = average_precision_score(predictions.labels == 4, predictions.probabilities[:, 4])
    assert four.name == f"4: {expected:.4f}"
    assert four.x[-1] == 1
    assert len(four.x) <= MAX_POINTS


def test_only_the_labels_asked_for_are_drawn(predictions):
    traces = precision_recall_figure(precision_recall_curves(predictions), labels=[3, 5]).data
    assert [trace.name.split(":")[0] for trace in traces] == ["3"]
    figure = roc_figure(roc_curves(predictions), labels=[5])
    assert not figure.data
    assert figure.layout.annotations[0].text


def test_zoom_changes_the_axes_not_the_data(predictions):
    near, far = (roc_figure(roc_curves(predictions), zoom=zoom) for zoom in (True, False))
    assert near.layout.xaxis.range[1] == 0.1
    assert far.layout.xaxis.range[1] == 1
    assert near.data[3].y == far.data[3].y


def test_corners_keep_every_turn_and_drop_what_is_straight():
    x = np.array([0, 0, 0, 0.5, 1.0])
    y = np.array([0, 0.2, 0.6, 0.8, 1.0])
    assert corners(x, y).tolist() == [0, 2, 4]
    assert len(corners(np.arange(5000.0), np.random.default_rng(0).random(5000), 100)) == 100
