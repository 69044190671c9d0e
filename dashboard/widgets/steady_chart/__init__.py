"""A chart that is drawn again and again, such as once a second, and stays in place meanwhile."""

from __future__ import annotations

from pathlib import Path

import plotly
import plotly.graph_objects as go
import streamlit as st

from dashboard.widgets.component import component

LIBRARY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
LIBRARY_ADDRESS = "/studio/plotly.min.js"
"""Where `dashboard.asgi` serves the library to the component."""

PLAIN = {"displayModeBar": False}
ZOOMABLE = {"modeBarButtons": [["zoom2d", "pan2d", "resetScale2d"]], "displaylogo": False}
"""Zoom has to be switched on: otherwise a finger that scrolls the page would zoom the chart it comes across."""

_component = component(__file__, isolate_styles=False)  # the library puts its styles into the page
_is_served = False


def announce_library() -> None:
    """Say that the library can be had at its address; for whoever serves it."""
    global _is_served
    _is_served = True


def steady_chart(figure: go.Figure, *, key: str, alt: str, can_zoom: bool = False) -> None:
    """The figure, changed in place.

    `st.plotly_chart` throws the chart away with each new number and builds another one: it is blank for some tenths of
    a second, and forgets zoom and hidden series. Without the library at its address that is what there is.

    Args:
        figure: with a height.
        key: "<page>.<field>", unique on the page.
        alt: what it shows, for those who cannot see it.
        can_zoom: whether to offer buttons for it; what is zoomed into stays so when the chart is drawn again.
    """
    config = ZOOMABLE if can_zoom else PLAIN
    if not _is_served:
        st.plotly_chart(figure, key=key, config=config, alt=alt)
        return
    _component(
        key=key,
        data={
            "library": LIBRARY_ADDRESS,
            "figure": figure.to_json(validate=False),
            "height": figure.layout.height,
            "config": config,
            "alt": alt,
        },
        height=int(figure.layout.height),
    )
