"""The context of the page Look inside, and the network that it shows."""

from __future__ import annotations

from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.state.current import JudgedSplit
from dashboard.views.inside.choices import InsideView, inside
from dashboard.views.inside.network import TrainedNetwork, open_network

SHOW_PREDICTIONS = (InsideView.ACTIVATIONS, InsideView.ATTRIBUTION, InsideView.THROUGH_TIME)
"""The views that show predictions for the open digit, and so those of another run too."""


def render_header() -> TrainedNetwork | None:
    """The network to show, or None after a message that says why there is none."""
    uses = Uses(shown_split=JudgedSplit.TEST, compared=inside.view in SHOW_PREDICTIONS, digit=True)
    return open_network(render_context_bar("Look inside", uses))
