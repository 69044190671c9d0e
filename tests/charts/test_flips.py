from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.flips import flips_figure, predicted_bands
from mnist_core.probing.flips import FlipCurve


def curve_of(labels: list[int], step: float = 0.5) -> FlipCurve:
    probabilities = np.full((len(labels), 10), 0.02, np.float32)
    probabilities[np.arange(len(labels)), labels] = 0.82
    values = (np.arange(len(labels)) - len(labels) // 2) * step
    return FlipCurve(values=values, probabilities=probabilities, neutral=0.0)


def test_only_labels_that_matter_have_a_line_and_the_true_one_always_has():
    probabilities = np.zeros((3, 10), np.float32)
    probabilities[:, 4] = (0.9, 0.5, 0.2)
    probabilities[:, 9] = (0.1, 0.5, 0.8)
    curve = FlipCurve(values=np.array([-1.0, 0.0, 1.0]), probabilities=probabilities, neutral=0.0)
    figure = flips_figure(curve, title="Rotate (°)", now=1.0, true_label=2)
    assert [line.name for line in figure.data] == ["2 (true)", "4", "9"]
    assert [round(value, 3) for value in figure.data[2].y] == [0.1, 0.5, 0.8]
    marks = [shape.x0 for shape in figure.layout.shapes if shape.type == "line"]
    assert marks == [0, 1]


def test_the_strip_has_a_band_for_each_predicted_label_also_for_one_of_a_single_step():
    bands = predicted_bands(curve_of([4, 4, 7, 4, 4, 9, 9]))
    assert bands == [(-1.75, -0.75, 4), (-0.75, -0.25, 7), (-0.25, 0.75, 4), (0.75, 1.75, 9)]


def test_the_strip_has_the_colours_of_the_lines():
    curve = curve_of([4, 4, 7, 4, 4, 9, 9])
    figure = flips_figure(curve, true_label=9)
    lines = {int(line.name.split()[0]): line.line.color for line in figure.data}
    strip = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(shape.x0, shape.x1) for shape in strip] == [(low, high) for low, high, _ in predicted_bands(curve)]
    assert [shape.fillcolor for shape in strip] == [lines[label] for _, _, label in predicted_bands(curve)]


@pytest.mark.parametrize("label", range(10))
def test_a_label_that_never_changes_is_one_band(label: int):
    assert predicted_bands(curve_of([label] * 5)) == [(-1.25, 1.25, label)]


def test_ten_equal_probabilities_are_drawn():
    curve = FlipCurve(values=np.arange(3.0) - 1, probabilities=np.full((3, 10), 0.1, np.float32), neutral=0.0)
    assert len(flips_figure(curve).data) == 10
