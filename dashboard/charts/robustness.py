"""Accuracy against the strength of a corruption, for one or several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout, escaped
from dashboard.colours import DASHES, NEUTRAL, SELECTED, SERIES, SYMBOLS
from mnist_core.shares import shown_share

MARGIN = 0.03
"""What is left free on both sides of the strengths, as a share of the largest."""
ROOM = 0.07
"""The least distance of two numbers on the axis, likewise."""


def robustness_figure(
    strengths: Sequence[float],
    accuracies: Mapping[str, Sequence[float]],
    intervals: Mapping[str, Sequence[tuple[float, float]]],
    *,
    unit: str,
    shown: int | None = None,
    limit: float | None = None,
    height: int = 340,
) -> go.Figure:
    """A line for each run, beginning with the unchanged digits.

    Args:
        strengths: in `unit`, ascending, the first of them 0.
        accuracies: by the name of the run, one for each strength.
        intervals: 95% intervals, likewise.
        shown: position in `strengths` to mark.
        limit: an accuracy to mark.

    Each point carries its position in `strengths` as `customdata`.
    """
    figure = go.Figure(layout=base_layout(height=height, showlegend=len(accuracies) > 1))
    places = range(len(strengths))
    if limit is not None:
        figure.add_hline(y=limit, line={"color": NEUTRAL, "width": 1.5, "dash": "dash"})
    if shown is not None:
        figure.add_vline(x=strengths[shown], line={"color": SELECTED, "width": 2, "dash": "dot"})
    for position, (name, shares) in enumerate(zip(escaped(accuracies), accuracies.values(), strict=True)):
        ends = list(intervals.values())[position]
        figure.add_scatter(
            name=name,
            x=list(strengths),
            y=list(shares),
            mode="lines+markers",
            cliponaxis=False,
            line={"color": SERIES[position % len(SERIES)], "dash": DASHES[position % len(DASHES)], "width": 2},
            marker={"symbol": SYMBOLS[position % len(SYMBOLS)], "size": 9},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [high - share for share, (_, high) in zip(shares, ends, strict=True)],
                "arrayminus": [share - low for share, (low, _) in zip(shares, ends, strict=True)],
                "thickness": 1.2,
                "width": 3,
            },
            customdata=[[place] for place in places],
            text=[
                f"{name}<br>{strength_text(strength, unit) if place else 'no corruption'}: "
                f"accuracy {shown_share(share)}"
                for place, strength, share in zip(places, strengths, shares, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_xaxes(
        title={"text": f"Strength ({unit})"},
        range=[-MARGIN * strengths[-1], (1 + MARGIN) * strengths[-1]],
        tickmode="array",
        tickvals=_apart(strengths),
        ticktext=[f"{strength:g}" for strength in _apart(strengths)],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(**accuracy_axis("Accuracy"))
    return figure


def _apart(strengths: Sequence[float]) -> list[float]:
    """The strengths that have room for their number on the axis, ascending: 0 and the largest always have."""
    room = ROOM * strengths[-1]
    shown = [strengths[-1]]
    for strength in reversed(strengths[:-1]):
        if shown[0] - strength >= room and (strength == 0 or strength >= room):
            shown.insert(0, strength)
    return shown


def strength_text(strength: float, unit: str) -> str:
    """A strength with its unit: "20 degrees", "1 pixel", "30% smaller"."""
    if unit.startswith("%"):
        return f"{strength:g}{unit}"
    first, _, rest = unit.partition(" ")
    return f"{strength:g} {first.removesuffix('s') if strength == 1 else first} {rest}".strip()
