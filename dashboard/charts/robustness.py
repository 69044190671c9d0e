"""Accuracy against the strength of a corruption, for one or several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, escaped, share_axis
from dashboard.colours import DASHES, SELECTED, SERIES, SYMBOLS


def robustness_figure(
    strengths: Sequence[float],
    accuracies: Mapping[str, Sequence[float]],
    intervals: Mapping[str, Sequence[tuple[float, float]]],
    *,
    unit: str,
    shown: int | None = None,
    height: int = 340,
) -> go.Figure:
    """A line for each run, beginning with the unchanged digits.

    Args:
        strengths: as printed on the axis, the first of them 0.
        accuracies: by the name of the run, one for each strength.
        intervals: 95% intervals, likewise.
        shown: position in `strengths` to mark.

    The strengths stand at even distances; each point carries its position as `customdata`.
    """
    figure = go.Figure(layout=base_layout(height=height, showlegend=len(accuracies) > 1))
    places = list(range(len(strengths)))
    if shown is not None:
        figure.add_vline(x=shown, line={"color": SELECTED, "width": 2, "dash": "dot"})
    for position, (name, shares) in enumerate(zip(escaped(accuracies), accuracies.values(), strict=True)):
        ends = list(intervals.values())[position]
        figure.add_scatter(
            name=name,
            x=places,
            y=list(shares),
            mode="lines+markers",
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
                f"{name}<br>{strength_text(strength, unit) if place else 'no corruption'}: accuracy {share:.1%}"
                for place, strength, share in zip(places, strengths, shares, strict=True)
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_xaxes(
        title={"text": unit[:1].upper() + unit[1:]},
        tickmode="array",
        tickvals=places,
        ticktext=[f"{strength:g}" for strength in strengths],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(**share_axis("Accuracy", range=[-0.02, 1.03]))
    return figure


def strength_text(strength: float, unit: str) -> str:
    """A strength with its unit: "20 degrees", "1 pixel", "30% smaller"."""
    if unit.startswith("%"):
        return f"{strength:g}{unit}"
    first, _, rest = unit.partition(" ")
    return f"{strength:g} {first.removesuffix('s') if strength == 1 else first} {rest}".strip()
