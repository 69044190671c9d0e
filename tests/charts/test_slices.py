from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.slices import (
    clicked_bin,
    clicked_group,
    measure_errors_figure,
    weak_groups_figure,
)
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.slices import error_by_measure
from mnist_core.evaluation.weak_groups import weak_groups


def event(carried):
    return {"selection": {"points": [{"customdata": carried}]}}


@pytest.fixture(scope="module")
def errors(predictions):
    return error_by_measure(predictions, np.linspace(0, 1, len(predictions)), measure="stroke_width", n_bins=5)


@pytest.fixture(scope="module")
def groups():
    rng = np.random.default_rng(0)
    measures = pd.DataFrame({"stroke_width": rng.uniform(1, 5, 3000), "ink": rng.uniform(0, 1, 3000)})
    labels = rng.integers(0, 10, 3000)
    wrong = rng.random(3000) < np.where(measures.stroke_width > 4, 0.3, 0.01)
    return weak_groups(Predictions.of_split(labels, np.eye(10)[(labels + wrong) % 10]), measures)


def test_points_are_the_rates_of_the_bins(errors, predictions):
    (trace,) = measure_errors_figure(errors).data
    assert list(trace.y) == [item.rate for item in errors.bins]
    assert trace.y[0] == pytest.approx((~predictions.correct[:200]).mean())
    assert trace.y[2] - trace.error_y.arrayminus[2] == pytest.approx(errors.bins[2].rate_interval.low)
    assert trace.x[1] + trace.error_x.array[1] == pytest.approx(errors.bins[1].high)


def test_the_line_is_the_rate_of_all(errors, predictions):
    assert measure_errors_figure(errors).layout.shapes[0].y0 == pytest.approx(1 - predictions.accuracy)


def test_axis_is_named(errors):
    assert measure_errors_figure(errors).layout.xaxis.title.text == "Stroke width"
    assert measure_errors_figure(errors, title="Width <px>").layout.xaxis.title.text == "Width &lt;px&gt;"


def test_a_measure_nobody_has_says_so(predictions):
    nothing = error_by_measure(predictions, np.full(len(predictions), np.nan), measure="ink")
    assert "no digits" in measure_errors_figure(nothing).layout.annotations[0].text


def test_groups_are_shown_with_the_rates_of_the_half_that_did_not_find_them(groups):
    assert groups[0].is_confirmed
    elsewhere, inside = weak_groups_figure(groups).data
    assert list(inside.x) == [group.confirmed.rate for group in groups]
    assert list(elsewhere.x) == [group.confirmed.rate_elsewhere for group in groups]
    assert inside.marker.symbol[0] == "circle"
    assert inside.text[0].replace("<br>", " ") == groups[0].sentence
    assert inside.x[0] + inside.error_x.array[0] == pytest.approx(groups[0].confirmed.interval.high)


def test_no_groups_say_so():
    assert "No group" in weak_groups_figure(()).layout.annotations[0].text


def test_clicks_are_bins_and_groups_or_nothing(errors, groups):
    assert clicked_bin(event([4, 200]), errors) is errors.bins[4]
    assert clicked_bin(event([5, 200]), errors) is None
    assert clicked_group(event([0]), groups) is groups[0]
    assert clicked_group(event([len(groups)]), groups) is None
