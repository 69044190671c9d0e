"""Colours with one meaning, and the layout that all figures share.

Every colour here has a contrast of at least 3 to 1 with the white and with the dark page, and any two series differ for
people with each of the common colour blindnesses; a test computes both. Text, grid and backgrounds are left to the
theme of the page.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

RIGHT = "#0072b2"
"""Predicted right."""

WRONG = "#ca4613"
"""Predicted wrong."""

NEUTRAL = "#7f8790"
"""Reference lines, and what is neither right nor wrong."""

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
"""Colours of things side by side: runs, or the ten labels."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Second mark of a series, so that colour is never the only one."""

SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "pentagon", "hexagon", "triangle-down")
"""Second mark of a series of points."""

FAINT_UP_TO = 0.6
"""Shades below this leave the theme's text readable, those above take ON_STRONG; see `shade_scale`."""


def shade_scale(colour: str) -> list[list[float | str]]:
    """A scale from nearly clear to `colour`, for shades from 0 to 1, that suits a light and a dark page.

    It leaps at `FAINT_UP_TO`: in between, neither dark nor white text could be read on both pages.
    """
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return [
        [0.0, "rgba(127,135,144,0.10)"],
        [0.001, f"rgba({red},{green},{blue},0.10)"],
        [FAINT_UP_TO, f"rgba({red},{green},{blue},0.50)"],
        [FAINT_UP_TO, f"rgba({red},{green},{blue},0.90)"],
        [1.0, f"rgba({red},{green},{blue},1.00)"],
    ]


def signed_scale(page: str = "light") -> list[list[float | str]]:
    """A scale for numbers from -limit to limit, zero in its middle; `page` is the name of the theme."""
    return [[position / 2, colour] for position, colour in enumerate(SIGNED[page])]


def base_layout(*, height: int = 360, **more: Any) -> dict[str, Any]:
    """Layout settings of every figure; `more` adds to them or replaces some.

    `uirevision` keeps zoom and hidden series when the same chart is drawn again with new numbers.
    """
    return {
        "height": height,
        "margin": {"l": 56, "r": 12, "t": 12, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
        "hovermode": "closest",
        "dragmode": False,
        "uirevision": "constant",
        **more,
    }


def label_axis(names: tuple[str, ...], title: str, **more: Any) -> dict[str, Any]:
    """An axis of labels at positions 0, 1, ...: numbers underneath, so that no library takes "7" for something else."""
    return {
        "title": {"text": title},
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": list(escaped(names)),
        "range": [-0.5, len(names) - 0.5],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        **more,
    }


def share_axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis of shares, written in per cent."""
    return {"title": {"text": title}, "tickformat": ".1~%", "zeroline": False, "fixedrange": True, **more}


def plain(values: npt.NDArray[Any]) -> list[Any]:
    """An array (any shape) as lists of Python numbers, None for what is not a number: drawn as a gap."""
    if values.dtype.kind != "f":
        return list(values.tolist())
    cells = values.astype(np.object_)
    cells[np.isnan(values)] = None
    return list(cells.tolist())


def escaped(names: Iterable[str]) -> tuple[str, ...]:
    """Names that came from people or files, safe in a figure: Plotly would read markup in them."""
    return tuple(html.escape(name) for name in names)


def faded(colour: str, opacity: float) -> str:
    """`colour` seen through: for bands and areas."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def message_figure(text: str, *, height: int = 360) -> go.Figure:
    """A figure that has nothing to draw and says so."""
    figure = go.Figure(layout=base_layout(height=height))
    figure.add_annotation(text=text, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure
