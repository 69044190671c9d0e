from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.measures import OVERLAP, measure_histogram_figure
from mnist_core.data.dataset import DIGITS


def figure_of(values, labels):
    return measure_histogram_figure(
        np.asarray(values, np.float32), np.asarray(labels, np.uint8), class_names=DIGITS, title="Ink (pixels)"
    )


def test_a_hill_for_each_class_that_occurs_and_a_line_at_its_median() -> None:
    rng = np.random.default_rng(0)
    values, labels = rng.normal(100, 20, 600), rng.choice([0, 3, 9], 600)
    figure = figure_of(values, labels)
    hills = {trace.name: trace for trace in figure.data if trace.fill == "toself"}
    medians = {trace.name: trace.x[0] for trace in figure.data if trace.fill is None}
    assert set(hills) == {"0", "3", "9"}
    for label in (0, 3, 9):
        assert medians[f"{label}, median"] == pytest.approx(np.median(values[labels == label]), rel=1e-4)
    assert list(figure.layout.yaxis.ticktext) == ["9", "3", "0"]  # from the bottom: 0 is on top


def test_whole_numbers_have_a_bin_each() -> None:
    hill, median = figure_of([0, 0, 0, 1, 1, 2], [5] * 6).data
    shares = hill.meta["columns"]["Share of the class"]
    assert (hill.meta["columns"]["Ink (pixels)"], shares) == ([0, 1, 2], pytest.approx([1 / 2, 1 / 3, 1 / 6]))
    assert median.meta["columns"] == {"Ink (pixels)": [0.5]}
    assert list(hill.x[1:-1]) == [0, 1, 2]
    assert np.array(hill.y[1:-1]) == pytest.approx(OVERLAP * np.array([3, 2, 1]) / 3)


def test_the_tallest_hill_stays_below_the_next_row() -> None:
    figure = figure_of(np.r_[np.zeros(50), np.arange(50)], np.r_[np.zeros(50), np.ones(50)])
    for trace in figure.data:
        assert max(trace.y) - min(trace.y) < 1


def test_an_extreme_value_does_not_compress_the_others() -> None:
    values = np.r_[np.random.default_rng(1).normal(0, 1, 5000), 1e6]
    figure = figure_of(values, np.zeros(5001))
    assert max(figure.data[0].x) < 10


def test_unknown_values_are_left_out_and_their_absence_is_reported() -> None:
    assert np.isfinite(np.array(figure_of([1.0, np.nan, 3.0], [1, 1, 2]).data[0].x)).all()
    empty = figure_of([np.nan], [1])
    assert len(empty.data) == 0
    assert empty.layout.annotations[0].text
