"""Histograms of a handwriting measure, one per class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.theme import base_layout, downloaded, escaped, faded, message_figure
from dashboard.colours import SERIES
from mnist_core.data.dataset import Float32Array, UInt8Array
from mnist_core.shares import shown_share

N_BINS = 60
OVERLAP = 0.9  # height of the highest histogram, in rows
TAILS = (0.1, 99.9)  # percentiles that the axis covers, so that a few outliers do not squeeze the rest
MAX_WHOLE = 40  # up to this many whole numbers get a bin each


def measure_histogram_figure(
    values: Float32Array, labels: UInt8Array, *, class_names: tuple[str, ...], title: str, height: int = 440
) -> go.Figure:
    """A smoothed histogram for each class, one above the other on one axis; a line marks the median.

    Args:
        values: float32 (N,).
        labels: uint8 (N,).
        title: of the measure with its unit.
    """
    known = np.isfinite(values)
    if not known.any():
        return message_figure("No values to show.", height=height)
    edges = _edges(values[known])
    figure = go.Figure(layout=base_layout(height=height, showlegend=False))
    rows = [label for label in range(len(class_names)) if (known & (labels == label)).any()]
    shares = {label: _shares(values[known & (labels == label)], edges) for label in rows}
    highest = max(float(share.max()) for share in shares.values()) or 1.0
    names = escaped(class_names)
    for position, label in enumerate(reversed(rows)):
        own = values[known & (labels == label)]
        heights = shares[label] * OVERLAP / highest
        _add_histogram(
            figure,
            edges,
            heights,
            shares[label],
            position=position,
            colour=SERIES[label],
            name=names[label],
            title=title,
        )
        _add_median(
            figure, float(np.median(own)), position=position, colour=SERIES[label], name=names[label], title=title
        )
    figure.update_xaxes(title={"text": title}, fixedrange=True, zeroline=False)
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(rows))),
        ticktext=[names[label] for label in reversed(rows)],
        range=[-0.1, len(rows)],
        fixedrange=True,
        zeroline=False,
    )
    return figure


def _edges(values: Float32Array) -> NDArray[np.float64]:
    low, high = np.percentile(values, TAILS).astype(np.float64)
    is_whole = bool((values == np.rint(values)).all())
    if is_whole and high - low < MAX_WHOLE:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    return np.linspace(low, high if high > low else low + 1, N_BINS + 1)


def _shares(values: Float32Array, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of all values in each bin; values outside the bins are not drawn, but count in the total."""
    counts, _ = np.histogram(values, edges)
    return np.asarray(counts / max(1, len(values)))


def _add_histogram(
    figure: go.Figure,
    edges: NDArray[np.float64],
    heights: NDArray[np.float64],
    shares: NDArray[np.float64],
    *,
    position: int,
    colour: str,
    name: str,
    title: str,
) -> None:
    middles = (edges[:-1] + edges[1:]) / 2
    figure.add_scatter(
        x=[float(edges[0]), *middles.tolist(), float(edges[-1])],
        y=[position, *(position + heights).tolist(), position],
        text=["", *_bin_texts(name, shares, middles), ""],
        meta=downloaded({title: middles.tolist(), "Share of the class": shares.tolist()}),
        mode="lines",
        line={"color": colour, "width": 1.5, "shape": "spline", "smoothing": 0.4},
        fill="toself",
        fillcolor=faded(colour, 0.25),
        hoveron="points",
        hovertemplate="%{text}<extra></extra>",
        name=name,
    )


def _bin_texts(name: str, shares: NDArray[np.float64], middles: NDArray[np.float64]) -> Iterator[str]:
    for share, middle in zip(shares.tolist(), middles.tolist(), strict=True):
        yield f"{name}: {shown_share(share)} around {middle:.3g}"


def _add_median(figure: go.Figure, median: float, *, position: int, colour: str, name: str, title: str) -> None:
    figure.add_scatter(
        x=[median, median],
        y=[position, position + 0.35],
        meta=downloaded({title: [median]}),
        mode="lines",
        line={"color": colour, "width": 2.5},
        hovertemplate=f"{name}: median {median:.3g}<extra></extra>",
        name=f"{name}, median",
    )
