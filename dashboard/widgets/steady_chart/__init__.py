"""A chart that is updated often, such as once a second, without being replaced."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import plotly
import plotly.graph_objects as go

from dashboard.state.session import keep_pending, widget_value
from dashboard.widgets.chart import chart, chart_config
from dashboard.widgets.component import component, pending_key, take_sent
from dashboard.widgets.served import is_served

LIBRARY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
LIBRARY_ADDRESS = "/studio/plotly.min.js"
"""Where `dashboard.asgi` serves the library to `chart_library.js`."""

_CLICKED = "clicked"

_component = component(__file__, events=(_CLICKED,), isolate_styles=False)  # the library puts its styles into the page


def clicked_in(key: str) -> Any:
    """What was clicked in the chart `key`, once, in the form that `charts.clicks` reads; before the chart is drawn."""
    return take_sent(key, _CLICKED)


def steady_chart(
    figure: go.Figure, *, key: str, alt: str, name: str, can_zoom: bool = False, takes_clicks: bool = False
) -> None:
    """The figure, updated in place; otherwise like `chart`.

    `st.plotly_chart` builds a new chart for each update: it is blank for some tenths of a second, and loses zoom and
    hidden series. It is the fallback when the library is not served.

    Args:
        figure: with a height.
        key: "<page>.<field>", unique on the page.
        alt: what it shows, for screen readers.
        name: of what and what, such as "two-conv loss"; the file it is downloaded to is named so.
        can_zoom: whether to show zoom buttons; the zoom stays when the chart is updated.
        takes_clicks: whether a click on a point that carries something is sent; `clicked_in` gives it.
    """
    if not is_served(LIBRARY_ADDRESS):
        on_select = partial(_keep_selection, key) if takes_clicks else None
        chart(figure, key=key, alt=alt, name=name, can_zoom=can_zoom, on_select=on_select)
        return
    _component(
        key=key,
        data={
            "figure": figure.to_json(validate=False),
            "height": figure.layout.height,
            "config": chart_config(name, can_zoom=can_zoom),
            "alt": alt,
            "takesClicks": takes_clicks,
        },
        height=int(figure.layout.height),
    )


def _keep_selection(key: str) -> None:
    """What Streamlit's own chart was clicked for."""
    keep_pending(pending_key(key, _CLICKED), widget_value(key))
