"""The error rate against a handwriting measure, and groups of digits that fail more often."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.theme import base_layout, escaped, message_figure, share_axis
from dashboard.colours import NEUTRAL, WRONG
from mnist_core.evaluation.slices import MeasureBin, MeasureErrors
from mnist_core.evaluation.weak_groups import WeakGroup


def measure_errors_figure(errors: MeasureErrors, *, title: str = "", height: int = 320) -> go.Figure:
    """Share of wrong digits in bins of a measure, with 95% intervals; the dashed line is the share among all.

    Args:
        title: of the axis, with the unit; empty takes the name of the measure.
    """
    if not errors.bins:
        return message_figure("There are no digits with this measure.", height=height)
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
    figure.update_yaxes(**share_axis("Wrong", rangemode="tozero"))
    return figure


def clicked_bin(event: object, errors: MeasureErrors) -> MeasureBin | None:
    """The bin clicked in `measure_errors_figure`; the browser may send anything."""
    numbers = clicked_numbers(event, len(errors.bins))
    return errors.bins[numbers[0]] if numbers else None


def weak_groups_figure(groups: Sequence[WeakGroup]) -> go.Figure:
    """Each group's share of wrong digits on the half that had no part in finding it, with its 95% interval.

    Filled when confirmed, hollow when not; the grey line is the share outside the group on the same half.
    """
    if not groups:
        return message_figure("No group of at least this size stands out.", height=160)
    height = 90 + 56 * len(groups)
    figure = go.Figure(layout=base_layout(height=height, margin={"l": 190, "r": 12, "t": 12, "b": 48}))
    rates = [group.confirmed.rate if group.confirmed.n else None for group in groups]
    intervals = [group.confirmed.interval for group in groups]
    figure.add_scatter(
        name="Digits outside the group",
        x=[group.confirmed.rate_elsewhere for group in groups],
        y=list(range(len(groups))),
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 22, "color": NEUTRAL, "line": {"width": 2}},
        hovertemplate="%{x:.2%} wrong outside the group<extra></extra>",
    )
    figure.add_scatter(
        name="Digits of the group",
        x=rates,
        y=list(range(len(groups))),
        mode="markers",
        customdata=[[position] for position in range(len(groups))],
        marker={
            "symbol": ["circle" if group.is_confirmed else "circle-open" for group in groups],
            "size": 12,
            "color": WRONG,
            "line": {"width": 2, "color": WRONG},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [i.high - (rate or 0) for i, rate in zip(intervals, rates, strict=True)],
            "arrayminus": [(rate or 0) - i.low for i, rate in zip(intervals, rates, strict=True)],
            "thickness": 1.5,
            "width": 3,
        },
        text=["<br>".join(textwrap.wrap(escaped([group.sentence])[0], 70)) for group in groups],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_xaxes(**share_axis("Wrong on the other half", rangemode="tozero"))
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(groups))),
        ticktext=["<br>".join(textwrap.wrap(escaped([group.name])[0], 28)) for group in groups],
        range=[len(groups) - 0.5, -0.5],
        fixedrange=True,
        zeroline=False,
    )
    return figure


def clicked_group(event: object, groups: Sequence[WeakGroup]) -> WeakGroup | None:
    """The group clicked in `weak_groups_figure`; the browser may send anything."""
    numbers = clicked_numbers(event, len(groups))
    return groups[numbers[0]] if numbers else None


def _bin_text(item: MeasureBin) -> str:
    ends = f"{item.low:.4g}" if item.low == item.high else f"{item.low:.4g} to {item.high:.4g}"
    return (
        f"{ends}: {item.n_wrong:,} of {item.n:,} wrong, {item.rate:.2%}<br>"
        f"95% interval {item.rate_interval.low:.2%} to {item.rate_interval.high:.2%}"
    )
