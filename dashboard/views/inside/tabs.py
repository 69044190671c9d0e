"""The views of Look inside: a digit's way through the network, or the filters themselves."""

from __future__ import annotations

from dashboard.shared.linked_choice import linked_segments
from dashboard.views.inside.activations import render_layers
from dashboard.views.inside.filters import render_filters
from dashboard.views.inside.network import TrainedNetwork

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
