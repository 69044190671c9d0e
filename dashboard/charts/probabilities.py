"""The ten probabilities of one digit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.confusion import DIGITS
from dashboard.charts.theme import base_layout, escaped, label_axis, share_axis
from dashboard.colours import NEUTRAL, RIGHT, SERIES, SYMBOLS, WRONG

Probabilities = npt.NDArray[np.floating]


def probabilities_figure(
    probabilities: Probabilities,
    *,
    true_label: int | None = None,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 220,
) -> go.Figure:
    """A bar for each label, with its probability in per cent above it.

    Args:
        probabilities: (10,).
        true_label: its bar has the colour of right; if another one is higher, that has the colour of wrong. None, as
            for a drawing, marks the highest alone.
    """
    predicted = int(np.argmax(probabilities))
    colours = [NEUTRAL] * len(probabilities)
    colours[predicted] = RIGHT if true_label in (None, predicted) else WRONG
    if true_label is not None:
        colours[true_label] = RIGHT
    names = escaped(class_names)
    values = [float(value) for value in probabilities]
    figure = go.Figure(layout=base_layout(height=height, showlegend=False))
    figure.add_bar(
        x=list(range(len(values))),
        y=values,
        marker={"color": colours, "line": {"width": 0}},
        text=[_per_cent(value) for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{name}{_role(i, true_label, predicted)}: {values[i]:.3%}" for i, name in enumerate(names)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.update_xaxes(**label_axis(class_names, "Label"))
    figure.update_yaxes(**share_axis("Probability", range=[0, 1.12], tickvals=[0, 0.5, 1]))
    return figure


def probabilities_by_run_figure(
    by_run: Mapping[str, Probabilities],
    *,
    true_label: int | None = None,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 260,
) -> go.Figure:
    """A point for each run and label, so that one sees where several runs agree on a digit.

    Args:
        by_run: probabilities (10,) by the name of the run.
    """
    figure = go.Figure(layout=base_layout(height=height))
    if true_label is not None:
        figure.add_vrect(x0=true_label - 0.5, x1=true_label + 0.5, fillcolor=RIGHT, opacity=0.12, line_width=0)
    labels = escaped(class_names)
    for position, (name, probabilities) in enumerate(zip(escaped(by_run), by_run.values(), strict=True)):
        spread = 0.6 * ((position + 0.5) / len(by_run) - 0.5)  # side by side within the label
        figure.add_scatter(
            name=name,
            x=[label + spread for label in range(len(labels))],
            y=[float(value) for value in probabilities],
            mode="markers",
            marker={
                "color": SERIES[position % len(SERIES)],
                "symbol": SYMBOLS[position % len(SYMBOLS)],
                "size": 9,
            },
            text=[f"{name}: {label} {value:.2%}" for label, value in zip(labels, probabilities, strict=True)],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_xaxes(**label_axis(class_names, "Label"))
    figure.update_yaxes(**share_axis("Probability", range=[-0.03, 1.05]))
    return figure


def _per_cent(value: float) -> str:
    """Short, without calling what is nearly certain certain."""
    if value < 0.0005:
        return ""
    return f"{100 * value:.1f}" if value < 0.9995 or value == 1 else ">99.9"


def _role(label: int, true_label: int | None, predicted: int) -> str:
    roles = ["true"] if label == true_label else []
    if label == predicted:
        roles.append("predicted")
    return f" ({' and '.join(roles)})" if roles else ""
