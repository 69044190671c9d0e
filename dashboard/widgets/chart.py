"""A Plotly figure on a page: the one place that decides on its toolbar and on the name of its download."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

ZOOM = ("zoom2d", "pan2d", "resetScale2d")
"""Zoom has to be switched on: otherwise a finger that scrolls the page would zoom the charts under it."""
MAX_FILE_NAME = 80
PIXEL_RATIO = 2  # of a downloaded picture, so that it is sharp in a document


def chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    name: str,
    can_zoom: bool = False,
    on_select: Callable[[], None] | None = None,
) -> None:
    """The figure, drawn by Streamlit.

    Args:
        key: "<page>.<field>", unique on the page.
        alt: what it shows, for screen readers.
        name: of what and what, such as "two-conv calibration"; the file it is downloaded to is named so.
        can_zoom: whether to show zoom buttons.
        on_select: called when a point is clicked.
    """
    clicks: dict[str, Any] = {"on_select": on_select, "selection_mode": "points"} if on_select else {}
    st.plotly_chart(figure, key=key, config=chart_config(name, can_zoom=can_zoom), alt=alt, **clicks)


def chart_config(name: str, *, can_zoom: bool = False) -> dict[str, Any]:
    """Plotly's configuration: its buttons, shown while the mouse is over the figure, and the name of the download."""
    download = {"format": "png", "filename": file_name(name), "scale": PIXEL_RATIO}
    buttons = [["toImage"], [*ZOOM]] if can_zoom else [["toImage"]]
    return {"modeBarButtons": buttons, "displaylogo": False, "toImageButtonOptions": download}


def file_name(name: str) -> str:
    """`name` as a file name without extension, that every system takes: letters, digits and single hyphens."""
    words = re.sub(r"[\W_]+", "-", name).strip("-")[:MAX_FILE_NAME].strip("-")
    return words or "chart"
