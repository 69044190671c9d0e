"""Colours with one meaning, on charts and widgets alike.

Every colour here has a contrast of at least 3 to 1 with the white and with the dark page, and any two series differ for
people with each of the common colour blindnesses; a test computes both.
"""

RIGHT = "#0072b2"
"""Correct predictions."""

WRONG = "#ca4613"
"""Wrong predictions."""

NEUTRAL = "#7f8790"
"""Reference lines, and what is neither correct nor wrong."""

SELECTED = "#e69f00"
"""The outline of what was clicked."""

INK = {"light": "#1b2733", "dark": "#e4eaf0"}
"""Text on the page by the name of its theme, where a figure is told which one it is drawn for."""

ON_STRONG = "#ffffff"
"""Text on a cell filled with RIGHT or WRONG, in both themes."""

SIGNED = {
    "light": ("#762a83", "#f1f3f5", "#1b7837"),
    "dark": ("#dda0f0", "#232b34", "#74d990"),
}
"""Numbers with a sign, such as weights: below zero, zero, above zero, by the name of the page's theme. Purple and
green, because blue and orange say right and wrong; equally far from zero they are equally strong, also in grey."""

SERIES = (
    "#0072b2",
    "#d97d00",
    "#00aa4a",
    "#a63984",
    "#947fff",
    "#ca4613",
    "#7f5b57",
    "#536b37",
    "#c87bac",
    "#9a9478",
)
"""Colours of series: runs, or the ten classes."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Second mark of a series, so that colour is never the only one."""

SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "pentagon", "hexagon", "triangle-down")
"""Second mark of a series of points."""
