from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.charts.run_curves import cost_figure, run_curves_figure
from mnist_core.evaluation.intervals import Interval
from mnist_core.evaluation.run_curves import RunCurve


def curve(label: str, *, smoothed: tuple[float, ...] = (0.5, 0.7, 0.8), best: int | None = 2) -> RunCurve:
    return RunCurve(
        label=label, epochs=(1, 2, 3), steps=(10, 20, 30), seconds=(1.5, 3.0, 4.5), values=(0.5, 0.7, 0.8),
        smoothed=smoothed, best=best,
    )  # fmt: skip


@pytest.mark.parametrize(("axis", "x"), [("epochs", [1, 2, 3]), ("steps", [10, 20, 30]), ("seconds", [1.5, 3.0, 4.5])])
def test_a_curve_is_drawn_against_epochs_steps_or_seconds(axis: str, x: list[float]) -> None:
    line, ring = run_curves_figure([curve("a")], axis=axis, is_share=True).data
    assert (list(line.x), list(line.y)) == (x, [0.5, 0.7, 0.8])
    assert (list(ring.x), list(ring.y)) == ([x[2]], [0.8])


def test_a_smoothed_curve_has_its_values_behind_it() -> None:
    behind, line = run_curves_figure(
        [curve("a", smoothed=(0.5, 0.6, 0.75), best=None)], axis="epochs", is_share=False
    ).data
    assert list(behind.y) == [0.5, 0.7, 0.8]
    assert list(line.y) == [0.5, 0.6, 0.75]


def test_names_are_not_markup_and_lines_differ_by_more_than_colour() -> None:
    lines = [t for t in run_curves_figure([curve("<b>a</b>"), curve("b")], axis="epochs", is_share=True).data if t.name]
    assert lines[0].name == "&lt;b&gt;a&lt;/b&gt;"
    assert lines[0].line.dash != lines[1].line.dash


def test_accuracy_stands_against_cost_with_its_interval() -> None:
    points = cost_figure(["a", "b"], [10, 20], [0.9, 0.8], [Interval(0.85, 0.93), Interval(0.7, 0.9)], title="x").data
    assert [(list(p.x), list(p.y)) for p in points] == [([10], [0.9]), ([20], [0.8])]
    assert points[0].error_y.array[0] == pytest.approx(0.03)
    assert points[0].error_y.arrayminus[0] == pytest.approx(0.05)


def test_repeats_have_a_band_from_the_lowest_to_the_highest() -> None:
    repeats = replace(curve("a", best=None), low=(0.4, 0.6, 0.7), high=(0.6, 0.75, 0.9))
    lower, upper, line = run_curves_figure([repeats], axis="epochs", is_share=True).data
    assert (list(lower.y), list(upper.y)) == ([0.4, 0.6, 0.7], [0.6, 0.75, 0.9])
    assert (lower.fill, upper.fill) == (None, "tonexty")
    assert list(line.y) == [0.5, 0.7, 0.8]


def test_runs_at_the_same_place_are_rings_around_the_first_and_are_all_named() -> None:
    interval = Interval(0.85, 0.93)
    figure = cost_figure(["a", "b", "c", "d"], [10, 10, 20, 10], [0.9, 0.8, 0.9, 0.9], [interval] * 4, title="x")
    first, _, elsewhere, *_ = figure.data
    rings = [point for point in figure.data if point.marker.symbol == "circle-open"]
    assert [point.name for point in rings] == ["d"]
    assert rings[0].marker.size > first.marker.size == elsewhere.marker.size
    assert first.hovertemplate == rings[0].hovertemplate
    assert first.hovertemplate.split("<br>")[:2] == ["a", "d"]
    three = cost_figure(["a", "b", "c"], [10] * 3, [0.9] * 3, [interval] * 3, title="x").data
    sizes = [point.marker.size for point in three]
    assert sizes == sorted(set(sizes))
    assert [list(point.error_y.array) for point in three] == [pytest.approx([0.03])] * 3  # the values as CSV have them
