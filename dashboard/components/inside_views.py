"""The views of Look inside: a digit's way through the network, or the filters themselves."""

from __future__ import annotations

from dashboard.components.inside_filters import render_filters
from dashboard.components.inside_layers import render_layers
from dashboard.components.inside_run import TrainedNetwork
from dashboard.components.linked_choice import linked_segments

VIEWS = {"activations": render_layers, "filters": render_filters}
WORDS = {
    "activations": ":material/layers: Activations of a digit",
    "filters": ":material/grid_on: Filters",
}


def render_inside_view(network: TrainedNetwork) -> None:
    """Choose a view, and show it."""
    view = linked_segments(
        "View",
        tuple(VIEWS),
        choice="inside_view",
        default="activations",
        words=WORDS.__getitem__,
        label_visibility="collapsed",
    )
    VIEWS[view](network)
