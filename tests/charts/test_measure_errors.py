from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.measure_errors import (
    clicked_bin,
    measure_errors_figure,
)
from mnist_core.evaluation.measure_errors import error_by_measure


def event(carried):
    return {"selection": {"points": [{"customdata": carried}]}}


@pytest.fixture(scope="module")
def errors(predictions):
    return error_by_measure(predictions, np.linspace(0, 1, len(predictions)), measure="stroke_width", n_bins=5)


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


def test_clicks_are_bins_or_nothing(errors):
    assert clicked_bin(event([4, 200]), errors) is errors.bins[4]
    assert clicked_bin(event([5, 200]), errors) is None
