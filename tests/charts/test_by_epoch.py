from __future__ import annotations

from dashboard.charts.by_epoch import epochs_figure
from dashboard.charts.robustness import robustness_figure


def test_the_shown_epoch_is_ringed_and_every_point_names_its_epoch():
    figure = epochs_figure((1, 2, 4), (0.5, 0.6, 0.7), shown=2, best=4)
    (line,) = figure.data
    assert line.y == (0.5, 0.6, 0.7)
    assert [point[0] for point in line.customdata] == [1, 2, 4]
    assert line.marker.line.width == (0, 3, 0)
    assert figure.layout.shapes[0].x0 == 4


def test_a_curve_for_each_run_begins_with_the_digits_as_they_are():
    figure = robustness_figure(
        (0, 5, 10),
        {"a <b>": (0.9, 0.8, 0.5), "b": (0.95, 0.9, 0.7)},
        {"a <b>": ((0.8, 0.95), (0.7, 0.85), (0.4, 0.6)), "b": ((0.9, 0.97), (0.85, 0.95), (0.6, 0.8))},
        unit="degrees",
        shown=1,
    )
    first, second = figure.data
    assert first.name == "a &lt;b&gt;"
    assert second.y == (0.95, 0.9, 0.7)
    assert [point[0] for point in first.customdata] == [0, 1, 2]
    assert figure.layout.xaxis.ticktext == ("0", "5", "10")
    assert round(first.error_y.array[1], 6) == 0.05
    assert round(first.error_y.arrayminus[1], 6) == 0.1
