"""Figures of a search: where each trial stands, and that every point carries its number."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from dashboard.charts.search_history import epochs_figure, history_figure
from dashboard.charts.search_results import front_figure, verdict_figure
from dashboard.charts.search_settings import contour_figure, importance_figure, parallel_figure, slice_figure
from mnist_core.runs.record import RunRecord, RunStatus, RunSummary
from mnist_core.tuning.finals import Contender
from mnist_core.tuning.positions import position, surface, ticks
from mnist_core.tuning.space import Choices, Range
from mnist_core.tuning.study import Cost
from mnist_core.tuning.trials import Trial, Trials, TrialState
from mnist_core.tuning.verdict import Standing, Verdict
from tests.tuning.conftest import open_space

SPACE = open_space()
RATE, UNITS, OPTIMIZER = SPACE.dimensions
SCORE = "Validation accuracy"
POINTS: list[tuple[dict[str, Any], float, TrialState]] = [
    ({"learning_rate": 1e-4, "dense_1.units": 4, "optimizer": "adam"}, 0.90, TrialState.COMPLETED),
    ({"learning_rate": 1e-1, "dense_1.units": 64, "optimizer": "sgd"}, 0.70, TrialState.PRUNED),
    ({"learning_rate": 1e-2, "dense_1.units": 34, "optimizer": "sgd"}, 0.95, TrialState.COMPLETED),
    ({"learning_rate": 1e-3, "dense_1.units": 8, "optimizer": "adam"}, 0.93, TrialState.COMPLETED),
]


def trials() -> Trials:
    return Trials(trials=tuple(_trial(number, *rest) for number, rest in enumerate(POINTS)))


def _trial(number: int, point: dict[str, Any], value: float, state: TrialState) -> Trial:
    run = RunRecord(run_id="", name="", status=RunStatus.COMPLETED, config=SPACE.build(point),
                    summary=RunSummary(parameters=0, train_seconds=10.0 - number))  # fmt: skip
    return Trial(number=number, state=state, point=point, run_id="", value=value, reason="", run=run)


def carried(trace: Any) -> list[int]:
    return [number for (number,) in trace.customdata]


def test_the_history_has_every_score_and_the_best_of_the_completed_ones_so_far() -> None:
    completed, others, best, ring = history_figure(trials(), opened=3).data
    assert (list(completed.x), list(completed.y), carried(completed)) == ([0, 2, 3], [0.90, 0.95, 0.93], [0, 2, 3])
    assert (list(others.x), list(others.y), carried(others)) == ([1], [0.70], [1])
    assert list(best.y) == [0.90, 0.95, 0.95]
    assert (list(ring.x), list(ring.y)) == ([3], [0.93])


def test_the_curves_have_every_epoch_of_their_trial() -> None:
    curves = {0: [0.5, 0.9], 1: [0.7], 2: [0.8, 0.95]}
    for trace, (number, values) in zip(epochs_figure(curves, trials()).data, curves.items(), strict=True):
        assert (list(trace.x), list(trace.y)) == (list(range(1, len(values) + 1)), values)
        assert carried(trace) == [number] * len(values)


def test_the_open_trial_keeps_the_colour_of_what_it_is() -> None:
    """The legend has one colour for all completed trials."""
    curves = {0: [0.5, 0.9], 2: [0.8, 0.95], 3: [0.6, 0.93]}
    plain, opened = (epochs_figure(curves, trials(), opened=number).data for number in (None, 0))
    assert [trace.line.color for trace in opened] == [trace.line.color for trace in plain]
    widths = [trace.line.width for trace in opened]
    assert widths.index(max(widths)) == 0


def test_the_download_of_every_figure_of_settings_has_their_values() -> None:
    completed = trials().completed
    titles = ("Rate", "Units", "Optimizer")
    (sliced,) = slice_figure(completed, RATE, title="Rate").data
    assert sliced.meta["columns"] == {"Trial": [0, 2, 3], "Rate": [1e-4, 1e-2, 1e-3], SCORE: [0.90, 0.95, 0.93]}
    points = contour_figure(completed, (RATE, OPTIMIZER), titles=("Rate", "Optimizer")).data[-1]
    assert points.meta["columns"]["Optimizer"] == ["adam", "sgd", "adam"]
    lines = parallel_figure(completed, SPACE.dimensions, titles=titles).data
    assert [[*line.meta["columns"].values()] for line in lines] == [
        [[0], [1e-4], [4], ["adam"], [0.90]],
        [[3], [1e-3], [8], ["adam"], [0.93]],
        [[2], [1e-2], [34], ["sgd"], [0.95]],
    ]


def test_a_slice_puts_numbers_by_their_factor_and_words_side_by_side() -> None:
    completed = trials().completed
    (trace,) = slice_figure(completed, RATE, title="Learning rate").data
    wanted = [math.log10(trial.point["learning_rate"] / 1e-4) / 3 for trial in completed]
    assert list(trace.x) == pytest.approx(wanted)
    assert (list(trace.y), carried(trace)) == ([0.90, 0.95, 0.93], [0, 2, 3])
    (words,) = slice_figure(completed, OPTIMIZER, title="Optimizer").data
    assert list(words.x) == [0.25, 0.75, 0.25]


def test_a_contour_draws_the_trials_at_their_settings() -> None:
    figure = contour_figure(trials().completed, (RATE, UNITS), titles=("Learning rate", "Units"))
    points = figure.data[1]
    assert list(points.y) == pytest.approx([0.0, 0.5, 4 / 60])
    assert carried(points) == [0, 2, 3]


def test_the_open_trial_lies_above_the_others() -> None:
    completed = trials().completed
    assert carried(slice_figure(completed, RATE, title="Rate", opened=0).data[0]) == [2, 3, 0]
    assert carried(contour_figure(completed, (RATE, UNITS), titles=("Rate", "Units"), opened=2).data[1]) == [0, 3, 2]


def test_a_contour_is_opaque_because_its_areas_lie_on_one_another() -> None:
    for page in ("light", "dark"):
        scale = contour_figure(trials().completed, (RATE, UNITS), titles=("", ""), page=page).data[0].colorscale
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for _, colour in scale)


def test_with_few_trials_the_axis_has_whole_numbers_only() -> None:
    assert history_figure(trials()).layout.xaxis.dtick == 1


def test_parallel_coordinates_lead_through_every_setting_to_the_accuracy() -> None:
    figure = parallel_figure(trials().completed, SPACE.dimensions, titles=("Rate", "Units", "Optimizer"))
    heights = {carried(trace)[0]: list(trace.y) for trace in figure.data}
    assert heights[2] == pytest.approx([2 / 3, 0.5, 0.75, 1.0])
    assert heights[0] == pytest.approx([0.0, 0.0, 0.25, 0.0])
    assert heights[3][-1] == pytest.approx((0.93 - 0.90) / 0.05)


def test_the_importances_stand_with_the_largest_on_top() -> None:
    (bars,) = importance_figure({"learning_rate": 0.7, "optimizer": 0.3}, {"learning_rate": "Learning <rate>"}).data
    assert list(bars.x) == [0.3, 0.7]
    assert carried(bars) == [1, 0]
    assert bars.hoverinfo != "skip"  # which Plotly sends no clicks for


def test_the_front_joins_what_no_other_trial_beats() -> None:
    others, front, _ = front_figure(trials(), Cost.SECONDS, title="Seconds").data
    assert (list(front.x), list(front.y), carried(front)) == ([7.0, 8.0], [0.93, 0.95], [3, 2])
    assert (list(others.x), carried(others)) == ([10.0], [0])


def test_the_verdict_draws_every_score_the_medians_and_what_chose_them() -> None:
    def standing(trial: int, scores: tuple[float, ...]) -> Standing:
        contender = Contender(trial=trial, run_id="", first=0.99, is_base=False)
        return Standing(contender=contender, validation=scores, test=scores[:1], parameters=1, run_ids=())

    verdict = Verdict(standings=(standing(7, (0.9, 0.92, 0.94)), standing(2, (0.8, 0.85))), n_missing=0, n_compared=9)
    validation, medians, test, _, first = verdict_figure(verdict).data
    assert sorted(validation.x) == [0.8, 0.85, 0.9, 0.92, 0.94]
    assert list(medians.x) == pytest.approx([0.825, 0.92])
    assert list(medians.error_x.array) == pytest.approx([0.025, 0.02])
    assert list(test.x) == [0.8, 0.9]
    assert list(first.x) == [0.99, 0.99]


def test_the_ends_of_a_dimension_are_the_ends_of_its_axis() -> None:
    for dimension in (RATE, UNITS, Range(setting="epochs", low=3, high=9, step=1)):
        assert (position(dimension, dimension.low), position(dimension, dimension.high)) == (0.0, pytest.approx(1.0))
        places, labels = ticks(dimension)
        assert len(places) == len(labels) == len(set(labels))
        assert list(places) == sorted(places)
    assert ticks(Choices(setting="optimizer", values=("adam", "sgd", "lion")))[0] == pytest.approx((1 / 6, 0.5, 5 / 6))


def test_a_surface_is_near_its_points_and_between_their_values() -> None:
    found = surface([(0.0, 0.0), (1.0, 1.0)], [0.2, 0.8], side=11)
    assert found[0, 0] == pytest.approx(0.2, abs=0.01)
    assert found[10, 10] == pytest.approx(0.8, abs=0.01)
    assert found[5, 5] == pytest.approx(0.5)
    assert np.all((found > 0.2) & (found < 0.8))
