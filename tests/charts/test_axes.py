"""No axis of accuracies shows what cannot be: less than nothing, or more than all."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.by_epoch import epochs_figure
from dashboard.charts.calibration import reliability_figure, selective_prediction_figure
from dashboard.charts.measure_errors import measure_errors_figure
from dashboard.charts.per_class import per_class_figure
from dashboard.charts.robustness import robustness_figure
from dashboard.charts.theme import accuracy_axis
from dashboard.charts.training_history import data_map_figure, training_history_figure
from mnist_core.evaluation.calibration import calibration
from mnist_core.evaluation.measure_errors import error_by_measure
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.rejection import rejection_curve
from mnist_core.evaluation.scores import scores
from mnist_core.evaluation.training_history import training_histories

N = 40


def predictions(n_wrong: int) -> Predictions:
    labels = np.arange(N) % 10
    shifted = (labels + (np.arange(N) < n_wrong)) % 10
    return Predictions.of_split(labels, np.eye(10, dtype=np.float32)[shifted] * 0.99 + 0.001)


def figures(n_wrong: int) -> dict[str, object]:
    found = predictions(n_wrong)
    accuracy = 1 - n_wrong / N
    histories = training_histories([(epoch, found) for epoch in (1, 2)])
    return {
        "one epoch": epochs_figure((1,), (accuracy,), shown=1),
        "epochs": epochs_figure((1, 2), (accuracy, min(1.0, accuracy + 0.001)), shown=1),
        "reliability": reliability_figure({"a": calibration(found)}),
        "selective": selective_prediction_figure({"a": rejection_curve(found)}),
        "errors": measure_errors_figure(error_by_measure(found, np.arange(N, dtype=np.float32), measure="ink")),
        "classes": per_class_figure(scores(found)),
        "robustness": robustness_figure(
            (0, 5), {"a": (1.0, accuracy)}, {"a": ((0.9, 1.0), (0.0, 1.0))}, unit="degrees"
        ),
        "history": training_history_figure((1, 2), np.eye(10)[[3, 4]], true_label=3),
        "map": data_map_figure(histories),
    }


@pytest.mark.parametrize("n_wrong", [0, 1, N // 2, N])
def test_axes_of_shares_stay_within_nothing_and_all(n_wrong: int) -> None:
    for name, figure in figures(n_wrong).items():
        low, high = figure.layout.yaxis.range  # type: ignore[attr-defined]
        assert 0 <= low < high <= 1, name


@pytest.mark.parametrize("n_wrong", [0, 1, N // 2, N])
def test_what_lies_at_an_end_is_in_sight(n_wrong: int) -> None:
    for name, figure in figures(n_wrong).items():
        low, high = figure.layout.yaxis.range  # type: ignore[attr-defined]
        for trace in figure.data:  # type: ignore[attr-defined]
            values = [value for value in trace.y if value is not None and np.isfinite(value)]
            assert all(low <= value <= high for value in values), name
            is_at_an_end = any(value in (low, high) for value in values)
            assert not is_at_an_end or trace.cliponaxis is False or trace.hoverinfo == "skip", name


def test_an_axis_without_values_shows_the_whole() -> None:
    assert accuracy_axis("Accuracy")["range"] == [0, 1]
    assert accuracy_axis("Accuracy", [float("nan")])["range"] == [0, 1]
    assert accuracy_axis("Accuracy", [0.5])["range"] == [0.495, 0.505]
