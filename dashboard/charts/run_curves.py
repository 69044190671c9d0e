"""The curves of several runs in one picture, and their accuracy against what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout, epoch_axis, escaped, faded
from dashboard.colours import DASHES, SELECTED, SERIES, SYMBOLS
from mnist_core.evaluation.intervals import Interval
from mnist_core.evaluation.run_curves import RunCurve
from mnist_core.shares import shown_range, shown_share

FAINT, BAND = 0.35, 0.18
POINT_SIZE, RING_STEP = 11, 9
AXIS_TITLES = {"epochs": "Epoch", "steps": "Step", "seconds": "Seconds of training"}


def run_curves_figure(curves: Sequence[RunCurve], *, axis: str, is_share: bool, height: int = 380) -> go.Figure:
    """A line for each run, its best epoch ringed; where they are smoothed, the values stand faintly behind.

    Repeats that are one curve have a band around their median, from the lowest to the highest.

    Args:
        axis: the field of `RunCurve` to draw against: `epochs`, `steps` or `seconds`.
        is_share: whether the values are shares such as accuracies, rather than losses.
    """
    traces: list[dict[str, Any]] = []
    shown = shown_range if is_share else _loss_range
    for place, (curve, label) in enumerate(zip(curves, escaped(c.label for c in curves), strict=True)):
        x, colour = list(getattr(curve, axis)), SERIES[place % len(SERIES)]
        words = [shown_share(value) if is_share else f"{value:.4f}" for value in curve.smoothed]
        if curve.low:
            traces += _band(x, curve, label, colour)
            ranges = map(shown, curve.low, curve.high)
            words = [f"{word} ({ends})" for word, ends in zip(words, ranges, strict=True)]
        if curve.smoothed != curve.values:
            traces.append({"x": x, "y": list(curve.values), "mode": "lines", "line": {"color": colour, "width": 1},
                           "name": f"{label}, not smoothed", "opacity": FAINT, "hoverinfo": "skip",
                           "showlegend": False})  # fmt: skip
        traces.append(
            {
                "x": x,
                "y": list(curve.smoothed),
                "name": label,
                "mode": "lines+markers" if len(x) <= 1 else "lines",
                "line": {"color": colour, "width": 2, "dash": DASHES[place % len(DASHES)]},
                "text": words,
                "hovertemplate": f"{label}<br>epoch %{{customdata}}: %{{text}}<extra></extra>",
                "customdata": list(curve.epochs),
                "cliponaxis": False,
            }
        )
        if curve.best is not None:
            traces.append(_ring(x[curve.best], curve.smoothed[curve.best]))
    values = [value for curve in curves for value in (*curve.smoothed, *curve.low, *curve.high)]
    y = accuracy_axis("Validation accuracy", values) if is_share else {
        "title": {"text": "Validation loss"}, "rangemode": "tozero", "zeroline": False, "fixedrange": True
    }  # fmt: skip
    n_epochs = max((curve.epochs[-1] for curve in curves if len(curve.epochs)), default=0)
    ticks = epoch_axis(int(n_epochs)) if axis == "epochs" else {}
    x_axis = {**ticks, "title": {"text": AXIS_TITLES[axis]}, "rangemode": "tozero", "zeroline": False}
    return go.Figure(data=traces, layout=base_layout(height=height, xaxis=x_axis, yaxis=y))


def cost_figure(
    labels: Sequence[str], costs: Sequence[float], accuracies: Sequence[float], intervals: Sequence[Interval], *,
    title: str, height: int = 340,
) -> go.Figure:  # fmt: skip
    """Accuracy with its interval against a cost, a point for each run.

    Of runs at the same place, the first is a filled mark and each further one a larger ring around it; the tips of all
    of them name all.
    """
    figure = go.Figure(
        layout=base_layout(height=height, xaxis={"title": {"text": title}, "rangemode": "tozero", "zeroline": False})
    )
    names = list(escaped(labels))
    places = list(zip(costs, accuracies, strict=True))
    for place, (label, cost, accuracy, interval) in enumerate(zip(names, costs, accuracies, intervals, strict=True)):
        colour = SERIES[place % len(SERIES)]
        n_inside = places[:place].count((cost, accuracy))
        together = "<br>".join(name for name, one in zip(names, places, strict=True) if one == (cost, accuracy))
        error = {"type": "data", "symmetric": False, "array": [interval.high - accuracy],
                 "arrayminus": [accuracy - interval.low], "color": colour,
                 "thickness": 0 if n_inside else 1.5}  # fmt: skip
        figure.add_scatter(
            x=[cost],
            y=[accuracy],
            name=label,
            mode="markers",
            marker=_ring_around(n_inside, colour)
            if n_inside
            else {"color": colour, "size": POINT_SIZE, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            error_y=error,
            text=[f"{shown_share(accuracy)} ({shown_range(*interval)})"],
            hovertemplate=f"{together}<br>%{{x:,.4~g}}: %{{text}}<extra></extra>",
            cliponaxis=False,
        )
    ends = [end for interval in intervals for end in interval]
    figure.update_yaxes(**accuracy_axis("Test accuracy", ends))
    return figure


def _ring_around(n_inside: int, colour: str) -> dict[str, Any]:
    """A ring around a point and the rings that it has already."""
    size = POINT_SIZE + n_inside * RING_STEP
    return {"color": colour, "size": size, "symbol": "circle-open", "line": {"width": 2.5}}


def _band(x: list[float], curve: RunCurve, label: str, colour: str) -> list[dict[str, Any]]:
    """From the lowest to the highest of repeats; the names are for the values as CSV."""
    edge = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    lower = {**edge, "y": list(curve.low), "name": f"{label}, lowest"}
    return [lower, {**edge, "y": list(curve.high), "name": f"{label}, highest", "fill": "tonexty",
                    "fillcolor": faded(colour, BAND)}]  # fmt: skip


def _loss_range(low: float, high: float) -> str:
    return f"{low:.4f} to {high:.4f}"


def _ring(x: float, y: float) -> dict[str, Any]:
    return {
        "x": [x], "y": [y], "mode": "markers", "hoverinfo": "skip", "showlegend": False, "cliponaxis": False,
        "marker": {"size": 13, "symbol": "circle-open", "color": SELECTED, "line": {"width": 2.5}},
    }  # fmt: skip
