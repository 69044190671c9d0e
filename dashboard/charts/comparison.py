"""Digits that one run fixed and broke against another, per class."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, downloaded, escaped, label_axis
from dashboard.colours import RIGHT, WRONG
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.comparison import Comparison, Outcome


def ledger_figure(comparison: Comparison, *, class_names: tuple[str, ...] = DIGITS, height: int = 300) -> go.Figure:
    """Images that the second run fixed (upwards) and broke (downwards), by true label."""
    figure = go.Figure(layout=base_layout(height=height, barmode="relative"))
    names = escaped(class_names)
    for outcome, colour, sign in ((Outcome.FIXED, RIGHT, 1), (Outcome.BROKEN, WRONG, -1)):
        counts = comparison.by_label(outcome).tolist()
        figure.add_bar(
            name=f"{str(outcome).capitalize()}: {sum(counts):,}",
            x=list(range(len(counts))),
            y=[sign * count for count in counts],
            meta=downloaded({"True label": names, "Images": counts}),
            marker={"color": colour, "line": {"width": 0}},
            text=[str(count) if count else "" for count in counts],
            textposition="outside",
            cliponaxis=False,
            hovertext=[f"true {name}: {count} {outcome}" for name, count in zip(names, counts, strict=True)],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    up, down = (max(int(comparison.by_label(outcome).max()), 1) for outcome in (Outcome.FIXED, Outcome.BROKEN))
    room = 0.2 * max(up, down)  # for the numbers at the ends of the bars
    figure.update_xaxes(**label_axis(class_names, "True label"))
    figure.update_yaxes(
        title={"text": "Images"}, range=[-down - room, up + room], showticklabels=False, fixedrange=True
    )
    return figure
