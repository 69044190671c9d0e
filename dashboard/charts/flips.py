"""A digit's probabilities while it is rotated, shifted, scaled or thickened."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, escaped, share_axis
from dashboard.colours import DASHES, NEUTRAL, ON_STRONG, RIGHT, SELECTED, SERIES
from mnist_core.data.dataset import DIGITS
from mnist_core.probing.flips import FlipCurve
from mnist_core.shares import shown_probability

WORTH_A_LINE = 0.1
"""Classes that never reach this probability are left out. The most probable of ten always reaches it."""

STRIP = (-0.16, -0.06)
"""Where the strip of predicted labels lies on the axis of probabilities."""

ROOM_FOR_A_NAME = 0.03
"""A band with at least this share of the width is named."""


def flips_figure(
    curve: FlipCurve,
    *,
    title: str = "",
    now: float | None = None,
    true_label: int | None = None,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 280,
) -> go.Figure:
    """A line for each class that reaches `WORTH_A_LINE`; the thick one is the true label. Below, the predicted labels.

    Args:
        title: of the axis of amounts.
        now: an amount to mark.
    """
    figure = go.Figure(layout=base_layout(height=height))
    names = escaped(class_names)
    matters = [i for i in range(len(names)) if curve.probabilities[:, i].max() >= WORTH_A_LINE or i == true_label]
    others = [label for label in matters if label != true_label]
    colours = {label: SERIES[1 + position % 9] for position, label in enumerate(others)}
    if true_label is not None:
        colours[true_label] = RIGHT
    _add_predicted(figure, curve, names, colours)
    figure.add_vline(x=curve.neutral, line={"color": NEUTRAL, "width": 1})
    if now is not None and now != curve.neutral:
        figure.add_vline(x=now, line={"color": SELECTED, "width": 2, "dash": "dot"})
    for label in matters:
        is_true = label == true_label
        figure.add_scatter(
            name=f"{names[label]} (true)" if is_true else names[label],
            x=curve.values.tolist(),
            y=np.round(curve.probabilities[:, label].astype(np.float64), 4).tolist(),
            text=[shown_probability(float(value)) for value in curve.probabilities[:, label]],
            mode="lines",
            line={
                "color": colours[label],
                "dash": "solid" if is_true else DASHES[1 + others.index(label) % 4],
                "width": 3 if is_true else 2,
            },
            hovertemplate=f"%{{x:g}}: {names[label]} %{{text}}<extra></extra>",
        )
    figure.update_xaxes(title={"text": title}, zeroline=False, fixedrange=True, range=_ends(curve))
    ticks = {"tickmode": "array", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    figure.update_yaxes(**share_axis("Probability", range=[STRIP[0], 1.05], **ticks))
    return figure


def predicted_bands(curve: FlipCurve) -> list[tuple[float, float, int]]:
    """Ranges of amounts with one predicted label, ascending: low, high, label. They meet halfway between two steps."""
    changes = np.flatnonzero(np.diff(curve.labels)) + 1
    low, high = _ends(curve)
    edges = [low, *((curve.values[changes - 1] + curve.values[changes]) / 2).tolist(), high]
    labels = curve.labels[[0, *changes.tolist()]].tolist()
    return list(zip(edges[:-1], edges[1:], labels, strict=True))


def _add_predicted(figure: go.Figure, curve: FlipCurve, names: tuple[str, ...], colours: dict[int, str]) -> None:
    """The strip of predicted labels; each band is named where there is room for it."""
    low, high = _ends(curve)
    for start, end, label in predicted_bands(curve):
        figure.add_shape(
            type="rect", x0=start, x1=end, y0=STRIP[0], y1=STRIP[1], line={"width": 0}, fillcolor=colours[label],
            label={"text": names[label] if (end - start) / (high - low) >= ROOM_FOR_A_NAME else "",
                   "font": {"color": ON_STRONG, "size": 12}},
        )  # fmt: skip


def _ends(curve: FlipCurve) -> list[float]:
    """From half a step before the first amount to half a step behind the last."""
    half = float(curve.values[1] - curve.values[0]) / 2
    return [float(curve.values[0]) - half, float(curve.values[-1]) + half]
