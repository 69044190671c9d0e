"""Layout and scales that all figures share. The colours of text, grid and background come from the page's theme."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.colours import SIGNED

FAINT_UP_TO = 0.6
"""On shades up to this the theme's text is readable; text on darker ones takes ON_STRONG; see `shade_scale`."""

ROOM_AROUND, LEAST_ROOM = 0.08, 0.005
"""What an axis leaves free around its data: a share of their range, but at least half a point."""

TOOLBAR_HEIGHT = 28
"""Of the buttons above a figure, in pixels."""

LAST_LABEL = 36
"""Width of "100%" at the end of an axis, in pixels: Plotly leaves a label out that would stick out of the figure."""

FEW_NUMBERS = 12

SHARE_TICKS = ".1~%"
"""How the ticks of an axis of shares are written."""


def shade_scale(colour: str) -> list[list[float | str]]:
    """A scale from nearly transparent to `colour`, for shades from 0 to 1, that suits a light and a dark page.

    It jumps at `FAINT_UP_TO`: on shades in between, neither dark nor white text would be readable on both pages.
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


def rising_scale(colour: str, page: str = "light") -> list[list[float | str]]:
    """A scale from near the ground of the page to `colour`, opaque: areas of a contour lie on one another, and a bar
    of colours knows no opacity. `page` is the name of the theme."""
    return [[0.0, SIGNED[page][1]], [1.0, colour]]


def base_layout(*, height: int = 360, **more: Any) -> dict[str, Any]:
    """Layout settings of every figure; `more` adds to them or replaces some.

    The toolbar lies above the plot and the legend below it, so that neither covers the other or the curves.
    The ground is that of the page, which the browser sets, so that a downloaded picture has it too.
    `uirevision` keeps the zoom and hidden series when a chart is redrawn with new numbers.
    """
    return {
        "height": height,
        "margin": {"l": 56, "r": LAST_LABEL // 2, "t": TOOLBAR_HEIGHT, "b": 48},
        "legend": {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "xanchor": "left", "x": 0},
        "hovermode": "closest",
        "dragmode": False,
        "uirevision": "constant",
        **more,
    }


def label_axis(names: tuple[str, ...], title: str, **more: Any) -> dict[str, Any]:
    """An axis of names at positions 0, 1, ...; with numbers as positions, Plotly cannot parse the name "7" as one."""
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
    """An axis of shares, shown as percentages."""
    return {"title": {"text": title}, "tickformat": SHARE_TICKS, "zeroline": False, "fixedrange": True, **more}


def accuracy_axis(title: str, shown: Iterable[float] = (), **more: Any) -> dict[str, Any]:
    """An axis of accuracies or other shares of a whole, which never starts below 0 or ends beyond 1.

    Left to itself, Plotly leaves room around the data: a single accuracy of 50% would stand between -50% and 150%. A
    trace with marks at an end needs `cliponaxis=False`.

    Args:
        shown: what has to be in sight; nothing shows the whole.
    """
    known = [value for value in shown if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = max(ROOM_AROUND * (high - low), LEAST_ROOM)
    return share_axis(title, range=[max(0.0, low - room), min(1.0, high + room)], **more)


def count_axis(title: str, last: int) -> dict[str, Any]:
    """An axis of whole numbers up to `last`; with few, Plotly would put ticks between them and round what it writes."""
    few = {"dtick": 1} if last <= FEW_NUMBERS else {}
    return {"title": {"text": title}, "tickformat": "d", "zeroline": False, "fixedrange": True, **few}


def epoch_axis(n_epochs: int) -> dict[str, Any]:
    """An axis of epochs."""
    return count_axis("Epoch", n_epochs)


def plain(values: npt.NDArray[Any]) -> list[Any]:
    """An array (any shape) as lists of Python numbers, with None for NaN, which is drawn as a gap."""
    if values.dtype.kind != "f":
        return list(values.tolist())
    cells = values.astype(np.object_)
    cells[np.isnan(values)] = None
    return list(cells.tolist())


def escaped(names: Iterable[str]) -> tuple[str, ...]:
    """Names from people or files, escaped because Plotly renders markup."""
    return tuple(html.escape(name) for name in names)


def faded(colour: str, opacity: float) -> str:
    """`colour` with an opacity, for bands and areas."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def downloaded(columns: Mapping[str, Sequence[Any]], *, places: bool = False) -> dict[str, Any]:
    """For the `meta` of a trace: what its download as CSV has, where that is not what is drawn.

    Args:
        columns: plain Python values by their heading, all of one length.
        places: whether these columns follow those of the places that are drawn, rather than replace them.
    """
    return {"columns": {heading: list(values) for heading, values in columns.items()}, "places": places}


def message_figure(text: str, *, height: int = 360) -> go.Figure:
    """An empty figure with a message."""
    figure = go.Figure(layout=base_layout(height=height))
    figure.add_annotation(text=text, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure
