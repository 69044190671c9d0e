from __future__ import annotations

import pytest

from dashboard.charts.probes import probes_figure


def test_a_probe_has_its_accuracy_its_interval_and_its_layer() -> None:
    layers, shares = ("pixels", "conv_1", "output"), (0.8, 0.9, 0.95)
    intervals = [(0.7, 0.85), (0.88, 0.93), (0.94, 0.97)]
    figure = probes_figure(layers, shares, intervals, network=0.96)
    [line] = figure.data
    assert list(line.y) == list(shares)
    ends = [(y - down, y + up) for y, down, up in zip(line.y, line.error_y.arrayminus, line.error_y.array, strict=True)]
    assert ends == [pytest.approx(interval) for interval in intervals]
    assert [item[0] for item in line.customdata] == [0, 1, 2]
    assert list(figure.layout.xaxis.ticktext) == list(layers)
    assert figure.layout.shapes[0].y0 == 0.96
    low, high = figure.layout.yaxis.range
    assert low <= 0.7
    assert high >= 0.97
