from __future__ import annotations

import re

import numpy as np

from dashboard.charts.point_colours import colours_by_correctness, colours_by_label, colours_by_value
from dashboard.colours import SERIES
from mnist_core.data.dataset import DIGITS

FASHION = ("T-shirt/top", *(f"Thing {i}" for i in range(9)))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_label_is_its_own_glyph() -> None:
    colours = colours_by_label(np.array([7, 0, 7], np.uint8), DIGITS)
    assert [colours.glyphs[i] for i in colours.index] == ["7", "0", "7"]
    assert [colours.palette[i] for i in colours.index] == [SERIES[7], SERIES[0], SERIES[7]]


def test_long_names_are_explained_in_the_legend() -> None:
    colours = colours_by_label(np.array([0], np.uint8), FASHION)
    assert colours.glyphs[0] == "0"
    assert "0 T-shirt/top" in colours.legend


def test_correct_wrong_and_unknown_differ_in_form_and_are_counted() -> None:
    colours = colours_by_correctness(np.array([1, 0, np.nan, 1], np.float32))
    assert list(colours.index) == [0, 1, 2, 0]
    assert colours.glyphs[0] != colours.glyphs[1]
    assert [int(number) for number in re.findall(r"\d+", colours.legend)] == [2, 1, 1]  # correct, wrong, unknown


def test_values_run_from_the_first_to_the_last_shade_and_unknown_ones_are_apart() -> None:
    values = np.r_[np.linspace(0, 1, 101), np.nan].astype(np.float32)
    colours = colours_by_value(values, "Ink")
    index = colours.index.astype(int)
    assert (np.diff(index[:101]) >= 0).all()
    assert (index[0], index[100], index[101]) == (0, 20, 21)
    assert len(colours.palette) == len(colours.glyphs) == 22


def test_the_legend_of_values_names_the_colours_and_the_values_at_both_ends() -> None:
    values = np.r_[np.linspace(20, 80, 1001), -500, 900].astype(np.float32)
    colours = colours_by_value(values, "Ink")
    low, high = (float(number) for number in re.findall(r"\d+(?:\.\d+)?", colours.legend))
    index = colours.index.astype(int)
    assert (values[index == 0] <= low + 2).all()
    assert (values[index == 20] >= high - 2).all()
    (blue, orange) = ([int(colours.palette[i][j : j + 2], 16) for j in (1, 3, 5)] for i in (0, 20))
    assert colours.legend.index("blue") < colours.legend.index("orange")
    assert blue[2] == max(blue)
    assert orange[0] > orange[1] > orange[2]


def test_every_shade_can_be_seen_on_both_pages() -> None:
    for shade in colours_by_value(np.arange(5, dtype=np.float32), "Ink").palette[:-1]:
        assert contrast(shade, "#ffffff") >= 2.8
        assert contrast(shade, "#11161c") >= 3


def test_equal_or_no_values_do_not_fail() -> None:
    assert colours_by_value(np.ones(3, np.float32), "Ink").index.tolist() == [0, 0, 0]
    assert colours_by_value(np.full(2, np.nan, np.float32), "Ink").index.tolist() == [21, 21]
