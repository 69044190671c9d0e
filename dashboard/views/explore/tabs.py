"""The views of the Explore page, one of which is open."""

from __future__ import annotations

from dashboard.shared.linked_choice import linked_segments

VIEWS = {
    "digits": ":material/grid_view: Digits",
    "classes": ":material/bar_chart: Classes",
    "measures": ":material/straighten: Measures",
    "map": ":material/scatter_plot: Map",
    "oddities": ":material/flag: Oddities",
    "preview": ":material/tune: Preview",
    "sources": ":material/database: Data sets",
}


def render_view_choice() -> str:
    """Buttons for the views; returns the name of the one that is open. The others do not run."""
    return linked_segments(
        "View",
        tuple(VIEWS),
        choice="explore_view",
        default="digits",
        words=VIEWS.__getitem__,
        label_visibility="collapsed",
        wrap=True,
    )
