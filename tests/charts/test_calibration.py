from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.calibration import MAX_POINTS, reliability_figure, selective_prediction_figure
from mnist_core.evaluation.calibration import calibration, with_temperature
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.rejection import rejection_curve


def test_points_are_the_filled_bins(predictions):
    result = calibration(predictions, n_bins=12)
    trace = reliability_figure({"as trained": result}).data[1]
    filled = [item for item in result.bins if item.n]
    assert list(trace.x) == [item.confidence for item in filled]
    assert list(trace.y) == [item.accuracy for item in filled]
    assert trace.y[0] + trace.error_y.array[0] == pytest.approx(filled[0].accuracy_interval.high)
    assert trace.name == f"as trained: ECE {result.expected_error:.2%} (12 bins)"


def test_before_and_after_are_both_drawn(predictions):
    figure = reliability_figure(
        {"before": calibration(predictions), "after": calibration(with_temperature(predictions, 1.5))}
    )
    assert [trace.name.split(":")[0] for trace in figure.data] == ["Confidence = accuracy", "before", "after"]
    assert figure.data[1].marker.symbol != figure.data[2].marker.symbol


def test_answered_curve_ends_with_the_accuracy_of_all(predictions):
    (trace,) = selective_prediction_figure({"run": rejection_curve(predictions)}).data
    assert trace.x[-1] == 1
    assert trace.y[-1] == pytest.approx(predictions.accuracy)
    assert len(trace.x) <= MAX_POINTS
    middle = len(trace.x) // 2
    threshold, n_wrong = trace.customdata[middle]
    answered = predictions.confidence >= threshold
    assert trace.x[middle] == pytest.approx(answered.mean())
    assert n_wrong == (answered & ~predictions.correct).sum()


def test_no_images_say_so():
    none = Predictions.of_split(np.zeros(0, dtype=int), np.zeros((0, 10)))
    assert reliability_figure({"run": calibration(none)}).layout.annotations[0].text == "There are no images to score."
    assert (
        selective_prediction_figure({"run": rejection_curve(none)}).layout.annotations[0].text
        == "There are no images to score."
    )
