"""A chart that is updated often, such as once a second, without being replaced."""

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
"""Zoom has to be switched on: otherwise a finger that scrolls the page would zoom the charts under it."""

BUTTONS_WIDTH = 40

_component = component(__file__, isolate_styles=False)  # the library puts its styles into the page
_is_served = False


def announce_library() -> None:
    """Tell the component that the library is served at its address."""
    global _is_served
    _is_served = True


def steady_chart(figure: go.Figure, *, key: str, alt: str, can_zoom: bool = False) -> None:
    """The figure, updated in place.

    `st.plotly_chart` builds a new chart for each update: it is blank for some tenths of a second, and loses zoom and
    hidden series. It is the fallback when the library is not served.

    Args:
        figure: with a height.
        key: "<page>.<field>", unique on the page.
        alt: what it shows, for screen readers.
        can_zoom: whether to show zoom buttons; the zoom stays when the chart is updated.
    """
    config = ZOOMABLE if can_zoom else PLAIN
    if can_zoom:  # the buttons below each other in the margin: side by side they would lie on the legend
        figure.update_layout(modebar={"orientation": "v"}, margin={"r": BUTTONS_WIDTH})
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
