"""How a search went: the score of every trial, and that of each after every epoch. Every point carries its trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout, count_axis, downloaded, epoch_axis
from dashboard.colours import NEUTRAL, SELECTED, SERIES
from mnist_core.shares import shown_share
from mnist_core.tuning.trials import Trial, Trials, TrialState

DONE, BEST = SERIES[0], SERIES[1]
AXIS = "Validation accuracy"


def history_figure(trials: Trials, *, opened: int | None = None, height: int = 360) -> go.Figure:
    """The validation accuracy of each trial in their order, and the best of the completed ones so far."""
    known = [trial for trial in trials.trials if trial.value is not None and trial.state is not TrialState.DELETED]
    completed = [trial for trial in known if trial.state is TrialState.COMPLETED]
    others = [trial for trial in known if trial.state is not TrialState.COMPLETED]
    traces = [
        _points(completed, name="Completed", colour=DONE, symbol="circle"),
        _points(others, name="Pruned or not finished", colour=NEUTRAL, symbol="x-thin-open"),
        _best_so_far(completed),
    ]
    traces += [ring([trial for trial in known if trial.number == opened], lambda trial: trial.number)]
    last = max((trial.number for trial in trials.trials), default=0)
    axis = {**count_axis("Trial", last), "range": [-0.6, last + 0.6]}
    layout = base_layout(height=height, xaxis=axis, yaxis=accuracy_axis(AXIS, [trial.value or 0.0 for trial in known]))
    return go.Figure(data=[trace for trace in traces if trace["x"]], layout=layout)


def epochs_figure(
    curves: Mapping[int, Sequence[float]], trials: Trials, *, opened: int | None = None, height: int = 400
) -> go.Figure:
    """The validation accuracy after every epoch.

    Args:
        curves: by the number of the trial, from epoch 1 on.
        opened: the trial whose curve is the widest; its colour says what it is, as those of the others do.
    """
    best, by_number = trials.best, {trial.number: trial for trial in trials.trials}
    traces: list[dict[str, Any]] = []
    for number, values in curves.items():
        trial = by_number[number]
        is_best, is_done = best is not None and best.number == number, trial.state is TrialState.COMPLETED
        colour = BEST if is_best else DONE if is_done else NEUTRAL
        name = "Best" if is_best else "Completed" if is_done else "Pruned or not finished"
        traces.append(
            {
                "x": list(range(1, len(values) + 1)), "y": list(values), "mode": "lines+markers", "name": name,
                "legendgroup": name, "showlegend": name not in {trace["name"] for trace in traces},
                "line": {"color": colour, "width": 5 if number == opened else 3 if is_best else 1.5,
                         "dash": "solid" if is_done else "dot"},
                "marker": {"color": colour, "size": 6},
                "opacity": 1.0 if is_best or number == opened else 0.6,
                "meta": downloaded({"Trial": [number] * len(values)}, places=True),
                "customdata": [[number]] * len(values), "text": [shown_share(value) for value in values],
                "hovertemplate": f"trial {number}, epoch %{{x}}: %{{text}}<extra></extra>", "cliponaxis": False,
            }
        )  # fmt: skip
    everything = [value for values in curves.values() for value in values]
    n_epochs = max((len(values) for values in curves.values()), default=1)
    layout = base_layout(height=height, xaxis=epoch_axis(n_epochs), yaxis=accuracy_axis(AXIS, everything))
    return go.Figure(data=traces, layout=layout)


def ring(trials: Sequence[Trial], x: Any) -> dict[str, Any]:
    """A ring round the trial that is open."""
    return {
        "x": [x(trial) for trial in trials], "y": [trial.value for trial in trials], "mode": "markers",
        "hoverinfo": "skip", "showlegend": False, "cliponaxis": False,
        "marker": {"size": 15, "symbol": "circle-open", "color": SELECTED, "line": {"width": 3}},
    }  # fmt: skip


def _points(trials: Sequence[Trial], *, name: str, colour: str, symbol: str) -> dict[str, Any]:
    return {
        "x": [trial.number for trial in trials],
        "y": [trial.value for trial in trials],
        "mode": "markers",
        "name": name,
        "marker": {"color": colour, "size": 9, "symbol": symbol, "line": {"width": 2, "color": colour}},
        "customdata": [[trial.number] for trial in trials],
        "text": [shown_share(trial.value or 0.0) for trial in trials],
        "hovertemplate": "trial %{x}: %{text}<extra></extra>",
        "cliponaxis": False,
    }


def _best_so_far(completed: Sequence[Trial]) -> dict[str, Any]:
    best: list[float] = []
    for trial in completed:
        best.append(max(trial.value or 0.0, best[-1] if best else 0.0))
    return {
        "x": [trial.number for trial in completed], "y": best, "mode": "lines", "name": "Best so far",
        "line": {"color": BEST, "width": 2, "shape": "hv", "dash": "dash"}, "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip
