from __future__ import annotations

import itertools
import tomllib

import numpy as np
import pytest

from dashboard import colours
from dashboard.charts import theme
from tests.sources import ROOT

LIGHT_PAGE, DARK_PAGE = "#ffffff", "#11161c"

# How the colour-blind see linear RGB; Machado, Oliveira and Fernandes 2009, full severity.
VISION = {
    "all cones": np.eye(3),
    "no red cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no blue cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def linear(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    """WCAG contrast of two sRGB colours as arrays (3,)."""
    lights = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] + 0.05 for colour in (first, second))
    return lights[1] / lights[0]


def lab(light):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        light, 0, 1
    )
    f = np.cbrt(xyz / [0.9505, 1, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colour", [*colours.SERIES, colours.RIGHT, colours.WRONG, colours.NEUTRAL])
@pytest.mark.parametrize("page", [LIGHT_PAGE, DARK_PAGE])
def test_every_colour_is_seen_on_both_pages(colour, page):
    assert contrast(rgb(colour), rgb(page)) >= 3


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_words_on_a_button_can_be_read_in_both_themes(name):
    """As WCAG asks of text, level AA; the button itself differs from the page as marks have to."""
    found = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][name]
    assert contrast(rgb("#ffffff"), rgb(found["primaryColor"])) >= 4.5
    assert contrast(rgb(found["primaryColor"]), rgb(found["backgroundColor"])) >= 3


@pytest.mark.parametrize("vision", VISION)
def test_series_differ_with_any_colour_vision(vision):
    seen = [lab(VISION[vision] @ linear(rgb(colour))) for colour in colours.SERIES]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 12


@pytest.mark.parametrize("colour", [colours.RIGHT, colours.WRONG])
@pytest.mark.parametrize(("page", "text"), [(LIGHT_PAGE, colours.INK["light"]), (DARK_PAGE, colours.INK["dark"])])
def test_numbers_on_every_shade_can_be_read_in_both_themes(colour, page, text):
    """At any shade the colour that `FAINT_UP_TO` gives has a contrast of at least 4 to 1 with its cell."""
    scale = [(stop, float(str(value).rsplit(",", 1)[1][:-1])) for stop, value in theme.shade_scale(colour)]
    stops, opacities = np.array(scale).T
    for shade in np.linspace(0.01, 1, 100):
        above = int(np.searchsorted(stops, shade, side="right").clip(1, len(stops) - 1))
        opacity = np.interp(shade, stops[above - 1 : above + 1], opacities[above - 1 : above + 1])
        cell = opacity * rgb(colour) + (1 - opacity) * rgb(page)
        ink = rgb(text) if shade < theme.FAINT_UP_TO else rgb(colours.ON_STRONG)
        assert contrast(cell, ink) >= 4


def test_names_from_people_are_not_markup():
    axis = theme.label_axis(("<b>cat</b>", "dog & co"), "Label")
    assert axis["ticktext"] == ["&lt;b&gt;cat&lt;/b&gt;", "dog &amp; co"]


def test_gaps_are_none():
    assert theme.plain(np.array([[1.5, np.nan]])) == [[1.5, None]]
    assert theme.plain(np.array([1, 2])) == [1, 2]
