"""The error rate against a handwriting measure."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.theme import base_layout, escaped, message_figure, share_axis
from dashboard.colours import NEUTRAL, WRONG
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.measure_errors import MeasureBin, MeasureErrors


def measure_errors_figure(errors: MeasureErrors, *, title: str = "", height: int = 320) -> go.Figure:
    """Error rate in bins of a measure, with intervals of `LEVEL`; the dashed line is the error rate of all digits.

    Args:
        title: of the axis, with the unit; empty takes the name of the measure.
    """
    if not errors.bins:
        return message_figure("Undefined: no digits with this measure here.", height=height)
    bins = errors.bins
    centres = [(item.low + item.high) / 2 for item in bins]
    figure = go.Figure(layout=base_layout(height=height, showlegend=False))
    figure.add_scatter(
        x=centres,
        y=[item.rate for item in bins],
        mode="markers",
        marker={"color": WRONG, "size": 9},
        customdata=[[position, item.n] for position, item in enumerate(bins)],
        error_x={
            "type": "data",
            "array": [item.high - centre for item, centre in zip(bins, centres, strict=True)],
            "thickness": 1,
            "width": 0,
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [item.rate_interval.high - item.rate for item in bins],
            "arrayminus": [item.rate - item.rate_interval.low for item in bins],
            "thickness": 1.5,
            "width": 3,
        },
        text=[_bin_text(item) for item in bins],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.add_hline(y=errors.rate, line={"color": NEUTRAL, "dash": "dash", "width": 1.5})
    name = title or errors.measure.replace("_", " ").capitalize()
    figure.update_xaxes(title={"text": escaped([name])[0]}, zeroline=False, fixedrange=True)
    figure.update_yaxes(**share_axis("Error rate", rangemode="tozero"))
    return figure


def clicked_bin(event: object, errors: MeasureErrors) -> MeasureBin | None:
    """The bin clicked in `measure_errors_figure`; the browser may send anything."""
    numbers = clicked_numbers(event, len(errors.bins))
    return errors.bins[numbers[0]] if numbers else None


def _bin_text(item: MeasureBin) -> str:
    ends = f"{item.low:.4g}" if item.low == item.high else f"{item.low:.4g} to {item.high:.4g}"
    return (
        f"{ends}: {item.n_wrong:,} of {item.n:,} wrong, {item.rate:.2%}<br>"
        f"{LEVEL:.0%} interval {item.rate_interval.low:.2%} to {item.rate_interval.high:.2%}"
    )
