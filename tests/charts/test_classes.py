from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.classes import class_balance_figure, class_difference_figure, pixel_histogram_figure
from mnist_core.data.dataset import DIGITS


def test_bars_are_shares_of_their_own_split() -> None:
    counts = {"train": np.array([30, 10] + [0] * 8), "test": np.array([1, 3] + [0] * 8)}
    train, test = class_balance_figure(counts, class_names=DIGITS).data
    assert list(train.y)[:3] == [75.0, 25.0, 0.0]
    assert list(test.y)[:3] == [25.0, 75.0, 0.0]
    assert train.text[0] == "0: 30 training images, 75.00%"


def test_the_two_splits_differ_by_more_than_their_colour() -> None:
    figure = class_balance_figure({"train": np.ones(10, int), "test": np.ones(10, int)}, class_names=DIGITS)
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 2


def test_names_of_classes_end_below_their_bars_and_digits_are_upright() -> None:
    counts = {"train": np.ones(10, int)}
    names = (*DIGITS[:9], "Ankle boot")
    assert class_balance_figure(counts, class_names=names).layout.xaxis.tickangle < 0
    assert class_balance_figure(counts, class_names=DIGITS).layout.xaxis.tickangle == 0


def test_the_difference_is_drawn_as_it_is_with_equal_ends() -> None:
    difference = np.zeros((28, 28), np.float32)
    difference[3, 5] = -40
    heatmap = class_difference_figure(difference, first="4", second="9", limit=80).data[0]
    assert heatmap.z[3][5] == -40
    assert (heatmap.zmin, heatmap.zmax) == (-80, 80)
    assert list(heatmap.colorbar.ticktext) == ["more ink<br>in 9", "equal", "more ink<br>in 4"]


def test_class_names_are_never_markup() -> None:
    figure = class_difference_figure(np.zeros((28, 28), np.float32), first="<b>x</b>", second="y")
    assert "<b>" not in figure.data[0].colorbar.ticktext[2]


def test_pixel_shares_add_up_and_a_value_that_does_not_occur_is_a_gap() -> None:
    counts = np.zeros(256, np.int64)
    counts[[0, 255]] = 90, 10
    line = pixel_histogram_figure({"train": counts}).data[0]
    assert (line.y[0], line.y[255]) == (90.0, 10.0)
    assert line.y[7] is None
    assert sum(share or 0 for share in line.y) == pytest.approx(100)
