"""Accuracy after each epoch, with the epoch that is shown."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout, epoch_axis
from dashboard.colours import NEUTRAL, RIGHT, SELECTED
from mnist_core.shares import shown_share


def epochs_figure(
    epochs: Sequence[int], accuracies: Sequence[float], *, shown: int, best: int | None = None, height: int = 200
) -> go.Figure:
    """Accuracy after each epoch; the shown epoch is ringed, the best one has a dotted line.

    Each point carries its epoch as `customdata`.
    """
    figure = go.Figure(layout=base_layout(height=height, showlegend=False))
    figure.add_scatter(
        x=list(epochs),
        y=list(accuracies),
        mode="lines+markers",
        cliponaxis=False,
        line={"color": RIGHT, "width": 2},
        marker={
            "size": [13 if epoch == shown else 7 for epoch in epochs],
            "line": {"color": SELECTED, "width": [3 if epoch == shown else 0 for epoch in epochs]},
        },
        customdata=[[epoch] for epoch in epochs],
        text=[shown_share(accuracy) for accuracy in accuracies],
        hovertemplate="epoch %{x}: accuracy %{text}<extra></extra>",
    )
    if best is not None:
        figure.add_vline(x=best, line={"color": NEUTRAL, "dash": "dot", "width": 1.5})
        figure.add_annotation(x=best, y=1, yref="paper", text="best", showarrow=False, xanchor="left", xshift=4)
    figure.update_xaxes(**epoch_axis(len(epochs)))
    figure.update_yaxes(**accuracy_axis("Accuracy", accuracies))
    return figure
