"""Each value of each feature map is where its name says."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.charts.filters import filters_figure
from dashboard.charts.sheets import row_gap, sheet_figure
from dashboard.colours import SIGNED
from tests.charts.test_theme import VISION, contrast, lab, linear, rgb


def value_at(figure, name: str, row: int, column: int) -> float:
    """The drawn value whose hover text names this cell."""
    trace = figure.data[0]
    found = [
        (i, j)
        for i, line in enumerate(trace.text)
        for j, text in enumerate(line)
        if text == f"{name}, row {row}, column {column}"
    ]
    assert len(found) == 1
    return trace.z[found[0][0]][found[0][1]]


def test_every_value_of_every_filter_is_drawn_once_under_its_number() -> None:
    kernels = np.arange(3 * 3 * 20, dtype=np.float32).reshape(3, 3, 20) - 50
    figure = filters_figure(kernels)
    assert value_at(figure, "17", 2, 1) == kernels[2, 1, 17]
    drawn = [value for line in figure.data[0].z for value in line if value is not None]
    assert sorted(drawn) == sorted(kernels.ravel().tolist())
    assert [note.text for note in figure.layout.annotations] == [str(i) for i in range(20)]
    written = zip(*figure.data[0].meta["columns"].values(), strict=True)
    assert {(name, row, column): value for name, row, column, value in written} == {
        (str(i), row, column): kernels[row, column, i] for row in range(3) for column in range(3) for i in range(20)
    }


def test_names_are_above_their_map() -> None:
    maps = np.zeros((4, 4, 5))
    figure = sheet_figure(maps, list("abcde"), limit=1, columns=3)
    places = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert places["a"] == (1.5, -0.5)
    assert places["e"] == (1.5 + 5, 4 + row_gap(4) - 0.5)


@pytest.mark.parametrize("page", SIGNED)
def test_zero_is_the_middle_of_the_scale_whatever_the_values(page: str) -> None:
    for values in ([[[-2.0, 1.0]]], [[[0.0, 1.0]]], [[[0.0, 0.0]]]):
        trace = sheet_figure(np.array(values), ["a", "b"], limit=2, columns=2, page=page).data[0]
        assert (trace.zmin, trace.zmax) == (-2, 2)
        assert trace.colorscale[1] == (0.5, SIGNED[page][1])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("page", SIGNED)
def test_above_and_below_zero_differ_with_any_colour_vision(page: str, vision: str) -> None:
    """Also where they are faint: a fifth of the way to full strength."""
    negative, zero, positive = (rgb(colour) for colour in SIGNED[page])
    for share, distance in ((0.2, 10), (1.0, 50)):
        seen = [lab(VISION[vision] @ linear(zero + share * (end - zero))) for end in (negative, positive)]
        assert np.linalg.norm(seen[0] - seen[1]) > distance
    assert min(contrast(negative, zero), contrast(positive, zero)) > 4.5
