"""Loss, accuracy and learning rate of a run over its epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, plain, share_axis
from dashboard.colours import NEUTRAL, SELECTED, SERIES
from mnist_core.runs.live import LiveView
from mnist_core.shares import shown_share
from mnist_core.training.progress import EpochMetrics, best_of

TRAINING, VALIDATION = SERIES[0], SERIES[1]


def learning_curve_figure(
    view: LiveView, measure: str, *, marks: Mapping[int, str] | None = None, height: int = 330
) -> go.Figure:
    """Training and validation `loss` or `accuracy`, with the running average of training as a faint line behind.

    A note in the chart says what the training loss has on top of the plain cross-entropy that the validation loss is.
    The axis of epochs covers the whole run from the start, so that it does not change while the run trains.

    Args:
        marks: epochs to mark by a vertical line, each with two or three words.
    """
    traces = [
        {
            "x": plain(view.curve.epoch),
            "y": plain(getattr(view.curve, measure)),
            "name": "Running average",
            "mode": "lines",
            "line": {"color": TRAINING, "width": 1},
            "opacity": 0.45,
            "hoverinfo": "skip",
        }
    ]
    for name, field, colour, dash in (
        ("Training", measure, TRAINING, "solid"),
        ("Validation", f"val_{measure}", VALIDATION, "dash"),
    ):
        traces.append(
            {
                "x": [metrics.epoch for metrics in view.history],
                "y": [getattr(metrics, field) for metrics in view.history],
                "name": name,
                "mode": "lines+markers",
                "line": {"color": colour, "dash": dash, "width": 2},
                "marker": {"size": 6, "symbol": "circle" if dash == "solid" else "diamond"},
                "cliponaxis": False,  # an accuracy of 100% lies on the edge
                "text": [_shown(getattr(metrics, field), measure) for metrics in view.history],
                "hovertemplate": f"{name} %{{text}}<extra></extra>",
            }
        )
    traces += _best_mark(view, f"val_{measure}")
    bounds = _value_range(view.history, measure)
    if measure == "accuracy":
        axis = share_axis("Accuracy", range=bounds, fixedrange=False)
    else:
        axis = {"title": {"text": "Loss"}, "range": bounds, "rangemode": "tozero", "zeroline": False}
    layout = base_layout(height=height, hovermode="x unified", xaxis=_epoch_axis(view), yaxis=axis)
    figure = go.Figure(data=traces, layout=layout)  # in one call: added one by one, it takes three times as long
    _mark_adjustments(figure, view)
    for epoch, words in (marks or {}).items():
        _mark(figure, epoch, f"{words}: epoch {epoch}")
    if measure == "loss":
        _note_what_is_added(figure, view.record.config.training.added_to_loss)
    return figure


def learning_rate_figure(view: LiveView, *, height: int = 200) -> go.Figure:
    """The learning rate over the epochs."""
    figure = go.Figure(layout=base_layout(height=height, showlegend=False))
    figure.add_scatter(
        x=plain(view.curve.epoch),
        y=plain(view.curve.learning_rate),
        mode="lines",
        line={"color": NEUTRAL, "width": 2, "shape": "hv"},
        hovertemplate="epoch %{x:.2f}: %{y:.3g}<extra></extra>",
    )
    figure.update_xaxes(**_epoch_axis(view))
    _mark_adjustments(figure, view)
    figure.update_yaxes(title={"text": "Learning rate"}, rangemode="tozero", exponentformat="power", zeroline=False)
    return figure


def _note_what_is_added(figure: go.Figure, added: tuple[str, ...]) -> None:
    """In the upper right corner: a loss falls from the upper left."""
    if added:
        figure.add_annotation(
            text=f"Training: with {'<br>and '.join(added)}", showarrow=False, align="right", font={"size": 12},
            xref="paper", yref="paper", x=1, y=0.9, xanchor="right", yanchor="top",
        )  # fmt: skip


def _epoch_axis(view: LiveView) -> dict[str, Any]:
    last = max(view.record.epochs, len(view.history), 1)
    return {
        "title": {"text": "Epoch"},
        "range": [0, last * 1.02],
        "tickformat": "d",
        "dtick": 1 if last <= 12 else None,
        "zeroline": False,
    }


def _shown(value: float, measure: str) -> str:
    return f"{value:.4f}" if measure == "loss" else shown_share(value)


def _value_range(history: tuple[EpochMetrics, ...], measure: str) -> list[float] | None:
    """From whole epochs only: the loss of the first batches, of an untrained network, would squeeze the rest.

    An accuracy lies between 0 and 1, and so does its axis, also before the first epoch.
    """
    values = [getattr(metrics, field) for metrics in history for field in (measure, f"val_{measure}")]
    if measure == "loss":
        return [0.0, 1.15 * max(values)] if values else None
    lowest = min(values, default=0.0)
    return [max(0.0, lowest - max(0.01, 0.15 * (1 - lowest))), 1.0]


def _best_mark(view: LiveView, field: str) -> list[dict[str, Any]]:
    best = best_of(view.history, view.record.config.training.kept_weights)
    if best is None:
        return []
    return [
        {
            "x": [best.epoch],
            "y": [getattr(best, field)],
            "name": f"Best epoch: {best.epoch}",
            "mode": "markers",
            "marker": {"size": 15, "symbol": "circle-open", "color": SELECTED, "line": {"width": 3}},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    ]


def _mark_adjustments(figure: go.Figure, view: LiveView) -> None:
    for change in view.adjusted:
        _mark(figure, change.epoch, change.text)


def _mark(figure: go.Figure, epoch: float, words: str) -> None:
    """A vertical line, labelled on the side where there is room."""
    is_right = epoch > sum(figure.layout.xaxis.range or (0, 0)) / 2
    figure.add_vline(
        x=epoch,
        line={"color": NEUTRAL, "dash": "dot"},
        annotation={"text": words, "font": {"size": 12}},
        annotation_position="top left" if is_right else "top right",
    )
