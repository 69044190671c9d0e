"""The schedule of the learning rate of a design."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.charts.theme import TOOLBAR_HEIGHT, base_layout
from dashboard.colours import SERIES
from mnist_core.training.schedules import learning_rate_curve
from mnist_core.training.settings import TrainingSettings


def schedule_figure(settings: TrainingSettings, steps_per_epoch: int, *, height: int = 190) -> go.Figure:
    """Learning rate over the epochs, from the first step to the last.

    Args:
        steps_per_epoch: updates of the weights in an epoch, at least 1.
    """
    epochs, rates = learning_rate_curve(settings, steps_per_epoch)
    steps = (epochs * steps_per_epoch).round().astype(int) + 1
    figure = go.Figure(
        layout=base_layout(height=height, showlegend=False, margin={"l": 56, "r": 12, "t": TOOLBAR_HEIGHT, "b": 40})
    )
    figure.add_scatter(
        x=epochs.tolist(),
        y=rates.tolist(),
        customdata=steps.tolist(),
        mode="lines",
        line={"color": SERIES[0], "width": 2, "shape": "hv" if len(epochs) < 200 else "linear"},
        hovertemplate="epoch %{x:.2f}, step %{customdata:,}<br>learning rate %{y:.3~g}<extra></extra>",
    )
    figure.update_xaxes(title={"text": "Epoch"}, range=[0, settings.epochs], zeroline=False, fixedrange=True)
    figure.update_yaxes(
        title={"text": "Learning rate"},
        range=[0, 1.08 * float(rates.max())],
        tickformat="~g",
        nticks=5,
        zeroline=False,
        fixedrange=True,
    )
    return figure
