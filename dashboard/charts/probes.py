"""Accuracy of a linear probe on the output of each layer."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout
from dashboard.colours import NEUTRAL, RIGHT
from mnist_core.shares import shown_range, shown_share

MARK = 9


def probes_figure(
    layers: Sequence[str],
    accuracies: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    *,
    network: float,
    height: int = 290,
) -> go.Figure:
    """A line over the layers, in the order of the network.

    Args:
        intervals: 95% intervals of the accuracies.
        network: accuracy of the network itself, a dashed line.

    Each point carries its position in `layers` as `customdata`.
    """
    figure = go.Figure(layout=base_layout(height=height, showlegend=False))
    figure.add_hline(y=network, line={"color": NEUTRAL, "width": 1.5, "dash": "dash"})
    places = list(range(len(layers)))
    figure.add_scatter(
        x=places,
        y=list(accuracies),
        mode="lines+markers",
        cliponaxis=False,
        line={"color": RIGHT, "width": 2},
        marker={"size": MARK},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - share for share, (_, high) in zip(accuracies, intervals, strict=True)],
            "arrayminus": [share - low for share, (low, _) in zip(accuracies, intervals, strict=True)],
            "thickness": 1.2,
            "width": 3,
        },
        customdata=[[place] for place in places],
        text=[
            f"{layer}: {shown_share(share)}<br>95% interval {shown_range(*ends)}"
            for layer, share, ends in zip(layers, accuracies, intervals, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_xaxes(
        tickmode="array",
        tickvals=places,
        ticktext=list(layers),
        range=[-0.5, len(layers) - 0.5],
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    ends = [end for interval in intervals for end in interval]
    figure.update_yaxes(**accuracy_axis("Accuracy of the probe", [*ends, network]))
    return figure
