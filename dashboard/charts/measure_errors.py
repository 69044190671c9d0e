"""The error rate against a handwriting measure."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.theme import accuracy_axis, base_layout, downloaded, escaped, message_figure
from dashboard.colours import NEUTRAL, WRONG
from mnist_core.evaluation.intervals import LEVEL
from mnist_core.evaluation.measure_errors import MeasureBin, MeasureErrors
from mnist_core.shares import shown_level, shown_range, shown_share


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
        cliponaxis=False,
        marker={"color": WRONG, "size": 9},
        meta=downloaded({"Images": [item.n for item in bins]}, places=True),
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
    figure.update_yaxes(**accuracy_axis("Error rate", (0.0, errors.rate, *(item.rate_interval.high for item in bins))))
    return figure


def clicked_bin(event: object, errors: MeasureErrors) -> MeasureBin | None:
    """The bin clicked in `measure_errors_figure`; the browser may send anything."""
    numbers = clicked_numbers(event, len(errors.bins))
    return errors.bins[numbers[0]] if numbers else None


def _bin_text(item: MeasureBin) -> str:
    ends = f"{item.low:.4g}" if item.low == item.high else f"{item.low:.4g} to {item.high:.4g}"
    return (
        f"{ends}: {item.n_wrong:,} of {item.n:,} wrong, {shown_share(item.rate)}<br>"
        f"{shown_level(LEVEL)} interval {shown_range(item.rate_interval.low, item.rate_interval.high)}"
    )
