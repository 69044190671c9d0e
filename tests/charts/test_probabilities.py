from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.probabilities import probabilities_by_run_figure, probabilities_figure
from dashboard.colours import NEUTRAL, RIGHT, WRONG

NINE = np.array([0.02, 0, 0, 0, 0.28, 0, 0, 0, 0, 0.7])


def test_bars_are_the_probabilities():
    (bars,) = probabilities_figure(NINE).data
    assert list(bars.y) == pytest.approx(NINE)
    assert bars.text[4] == "28.0"
    assert bars.text[1] == ""


@pytest.mark.parametrize(("true_label", "coloured"), [(9, {9: RIGHT}), (4, {4: RIGHT, 9: WRONG}), (None, {9: RIGHT})])
def test_colours_say_true_and_wrong(true_label, coloured):
    (bars,) = probabilities_figure(NINE, true_label=true_label).data
    assert list(bars.marker.color) == [coloured.get(label, NEUTRAL) for label in range(10)]


def test_roles_are_in_words_too():
    (bars,) = probabilities_figure(NINE, true_label=4).data
    assert bars.hovertext[4] == "4 (true): 28.000%"
    assert bars.hovertext[9] == "9 (predicted): 70.000%"


def test_nearly_certain_is_not_called_certain():
    (bars,) = probabilities_figure(np.array([0.99999, 0.00001] + [0] * 8)).data
    assert bars.text[0] == ">99.9"
    (bars,) = probabilities_figure(np.eye(10)[0]).data
    assert bars.text[0] == "100.0"


def test_several_runs_each_show_their_probabilities():
    figure = probabilities_by_run_figure({"one": NINE, "<i>two</i>": np.eye(10)[4]}, true_label=4)
    assert [trace.name for trace in figure.data] == ["one", "&lt;i&gt;two&lt;/i&gt;"]
    assert list(figure.data[0].y) == pytest.approx(NINE)
    assert figure.data[1].y[4] == 1
    assert figure.layout.shapes[0].x0 == 3.5
