"""Class balance, pixel values, and the difference of two mean images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, escaped, label_axis, plain
from dashboard.colours import SERIES, WRONG
from mnist_core.data.dataset import Float32Array, Indices
from mnist_core.shares import shown_share

TRAIN, TEST = SERIES[0], SERIES[1]
TITLES = {"train": "Training images", "test": "Test images"}
PATTERNS = {"train": "", "test": "/"}  # so that colour is not the only difference
DASHES = {"train": "solid", "test": "dot"}
COLOURS = {"train": TRAIN, "test": TEST}


def class_balance_figure(
    counts: Mapping[str, Indices], *, class_names: tuple[str, ...], height: int = 300
) -> go.Figure:
    """Share of each class in each split, as bars side by side.

    Args:
        counts: by split name, images of each class int64 (10,).
    """
    figure = go.Figure(layout=base_layout(height=height, barmode="group", bargap=0.25, bargroupgap=0.05))
    names = escaped(class_names)
    for split, count in counts.items():
        shares = count / max(1, int(count.sum()))
        figure.add_bar(
            name=TITLES[split],
            x=list(range(len(count))),
            y=plain(100 * shares),
            marker={"color": COLOURS[split], "pattern": {"shape": PATTERNS[split], "solidity": 0.25}},
            text=[
                f"{name}: {n:,} {TITLES[split].lower()}, {shown_share(share)}"
                for name, n, share in zip(names, count.tolist(), shares.tolist(), strict=True)
            ],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    are_long = max(map(len, class_names)) > 2
    # Tilted upwards to the right, names end below their bars; tilted downwards, the last would leave the chart.
    figure.update_xaxes(**label_axis(class_names, "Class", tickangle=-30 if are_long else 0))
    figure.update_yaxes(title={"text": "Share of the split"}, ticksuffix="%", fixedrange=True, zeroline=False)
    return figure


def class_difference_figure(
    difference: Float32Array, *, first: str, second: str, limit: float = 255.0, height: int = 340
) -> go.Figure:
    """Mean image of one class minus mean image of another.

    Args:
        difference: float32 (28, 28), in pixel values.
        limit: end of the colour scale on both sides.
    """
    figure = go.Figure(layout=base_layout(height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}))
    figure.add_heatmap(
        name=f"{escaped([first])[0]} minus {escaped([second])[0]}",
        z=plain(np.round(difference, 1)),
        zmin=-limit,
        zmax=limit,
        colorscale=[[0.0, WRONG], [0.5, "rgba(127,135,144,0.08)"], [1.0, TRAIN]],
        colorbar={
            "tickvals": [-limit, 0, limit],
            "ticktext": [f"more ink<br>in {escaped([second])[0]}", "equal", f"more ink<br>in {escaped([first])[0]}"],
            "thickness": 12,
            "outlinewidth": 0,
        },
        hovertemplate="row %{y}, column %{x}: %{z:+.0f}<extra></extra>",
    )
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}  # the titles are for the values as CSV
    figure.update_xaxes(title={"text": "Column"}, **hidden)
    figure.update_yaxes(title={"text": "Row"}, autorange="reversed", scaleanchor="x", **hidden)
    return figure


def pixel_histogram_figure(counts: Mapping[str, Indices], *, height: int = 300) -> go.Figure:
    """Share of the pixels that have each value 0 to 255, on a logarithmic scale, by split.

    Args:
        counts: by split name, pixels of each value int64 (256,).
    """
    figure = go.Figure(layout=base_layout(height=height))
    for split, count in counts.items():
        shares = 100 * count / max(1, int(count.sum()))
        figure.add_scatter(
            name=TITLES[split],
            x=list(range(len(count))),
            y=[share or None for share in plain(shares)],
            mode="lines",
            line={"color": COLOURS[split], "width": 1.5, "shape": "hvh", "dash": DASHES[split]},
            hovertemplate="value %{x}: %{y:.3g}% of the pixels<extra>" + TITLES[split] + "</extra>",
        )
    figure.update_xaxes(title={"text": "Pixel value (0: background, 255: full ink)"}, range=[-4, 259], fixedrange=True)
    figure.update_yaxes(
        title={"text": "Share of pixels"}, type="log", ticksuffix="%", dtick=1, exponentformat="none", fixedrange=True
    )
    return figure
