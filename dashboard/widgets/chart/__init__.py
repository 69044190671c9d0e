"""A Plotly figure on a page: the one place that decides how it is drawn, on its buttons and its download.

The browser draws it with the library that the server has, changes it in place, and draws what is out of sight last.
`st.plotly_chart` draws each chart twice, and builds a new one for each update: it is blank for some tenths of a second,
and loses zoom and hidden series. It is the fallback when the library is not served.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go
import streamlit as st

from dashboard.state.session import keep_pending, widget_value
from dashboard.widgets.component import component, pending_key, take_sent
from dashboard.widgets.file_names import file_name
from dashboard.widgets.served import is_served

LIBRARY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
LIBRARY_ADDRESS = "/studio/plotly.min.js"
"""Where `dashboard.asgi` serves the library to `chart_library.js`."""

ZOOM = ("zoom2d", "pan2d", "resetScale2d")
"""Zoom has to be switched on: otherwise a finger that scrolls the page would zoom the charts under it."""
PIXEL_RATIO = 2  # of a downloaded picture, so that it is sharp in a document

_CLICKED = "clicked"

_component = component(__file__, events=(_CLICKED,), isolate_styles=False)  # the library puts its styles into the page


def clicked_in(key: str) -> Any:
    """What was clicked in the chart `key`, once, in the form that `charts.clicks` reads.

    To be asked before the chart is drawn, or in its `on_click`.
    """
    return take_sent(key, _CLICKED)


def chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    name: str,
    can_zoom: bool = False,
    takes_clicks: bool = False,
    on_click: Callable[[], None] | None = None,
) -> None:
    """The figure as wide as its place, with buttons for its download and for the full screen.

    Args:
        figure: with a height.
        key: "<page>.<field>", unique on the page.
        alt: what it shows, for screen readers.
        name: of what and what, such as "two-conv loss"; the file it is downloaded to is named so.
        can_zoom: whether to show zoom buttons; the zoom stays when the chart is updated.
        takes_clicks: whether a click on a point that carries something is sent; `clicked_in` gives it.
        on_click: called after such a click, before the page is drawn again; `takes_clicks` goes without saying.
    """
    takes_clicks = takes_clicks or on_click is not None
    config = chart_config(name, can_zoom=can_zoom)
    if not is_served(LIBRARY_ADDRESS):
        clicks: dict[str, Any] = {"on_select": lambda: _take_selection(key, on_click), "selection_mode": "points"}
        st.plotly_chart(figure, key=key, config=config, alt=alt, **(clicks if takes_clicks else {}))
        return
    _component(
        key=key,
        data={
            "figure": figure.to_json(validate=False),
            "height": figure.layout.height,
            "config": config,
            "alt": alt,
            "takesClicks": takes_clicks,
        },
        then=on_click,
        height=int(figure.layout.height),
    )


def chart_config(name: str, *, can_zoom: bool = False) -> dict[str, Any]:
    """Plotly's configuration: its buttons, shown while the mouse is over the figure, and the name of the download."""
    download = {"format": "png", "filename": file_name(name), "scale": PIXEL_RATIO}
    buttons = [["toImage"], [*ZOOM]] if can_zoom else [["toImage"]]
    return {"modeBarButtons": buttons, "displaylogo": False, "toImageButtonOptions": download}


def _take_selection(key: str, on_click: Callable[[], None] | None) -> None:
    """What Streamlit's own chart was clicked for."""
    keep_pending(pending_key(key, _CLICKED), widget_value(key))
    if on_click is not None:
        on_click()
