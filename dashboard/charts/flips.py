"""A digit's probabilities while it is rotated, shifted, scaled or thickened."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, escaped, share_axis
from dashboard.colours import DASHES, NEUTRAL, RIGHT, SELECTED, SERIES
from mnist_core.data.dataset import DIGITS
from mnist_core.probing.flips import FlipCurve

WORTH_A_LINE = 0.1
"""Classes that never reach this probability are left out."""


def flips_figure(
    curve: FlipCurve,
    *,
    title: str = "",
    now: float | None = None,
    true_label: int | None = None,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 260,
) -> go.Figure:
    """A line for each class that reaches `WORTH_A_LINE`; the thick one is the true label.

    Args:
        title: of the axis of amounts.
        now: an amount to mark.
    """
    figure = go.Figure(layout=base_layout(height=height))
    names = escaped(class_names)
    matters = [i for i in range(len(names)) if curve.probabilities[:, i].max() >= WORTH_A_LINE or i == true_label]
    others = [label for label in matters if label != true_label]
    figure.add_vline(x=curve.neutral, line={"color": NEUTRAL, "width": 1})
    if now is not None and now != curve.neutral:
        figure.add_vline(x=now, line={"color": SELECTED, "width": 2, "dash": "dot"})
    for label in matters:
        is_true = label == true_label
        position = others.index(label) if not is_true else 0
        figure.add_scatter(
            name=f"{names[label]} (true)" if is_true else names[label],
            x=curve.values.tolist(),
            y=np.round(curve.probabilities[:, label].astype(np.float64), 4).tolist(),
            mode="lines",
            line={
                "color": RIGHT if is_true else SERIES[1 + position % 9],
                "dash": "solid" if is_true else DASHES[1 + position % 4],
                "width": 3 if is_true else 2,
            },
            hovertemplate=f"%{{x:g}}: {names[label]} %{{y:.1%}}<extra></extra>",
        )
    figure.update_xaxes(title={"text": title}, zeroline=False, fixedrange=True)
    figure.update_yaxes(**share_axis("Probability", range=[-0.03, 1.05]))
    return figure
