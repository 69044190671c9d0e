"""Accuracy against cost, and the finalists trained again."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.charts.search_history import ring
from dashboard.charts.theme import accuracy_axis, base_layout, downloaded, escaped
from dashboard.colours import NEUTRAL, SERIES
from mnist_core.shares import shown_share
from mnist_core.tuning.study import Cost
from mnist_core.tuning.trials import Trial, Trials
from mnist_core.tuning.verdict import Verdict

FRONT = SERIES[0]
APART = 0.16
"""Distance of the scores on validation and on test images from the name of their contender."""


def front_figure(trials: Trials, cost: Cost, *, title: str, opened: int | None = None, height: int = 400) -> go.Figure:
    """Validation accuracy against a cost: the trials that no other beats in both are joined."""
    front = trials.front(cost)
    on_front = {trial.number for trial in front}
    others = [trial for trial in trials.completed if trial.number not in on_front and trial.cost(cost) is not None]
    figure = go.Figure(
        layout=base_layout(height=height, xaxis={"title": {"text": title}, "rangemode": "tozero", "zeroline": False})
    )
    for found, name, colour, mode in (
        (others, "Beaten in both", NEUTRAL, "markers"),
        (front, "Pareto front", FRONT, "lines+markers"),
    ):
        figure.add_scatter(
            x=[trial.cost(cost) for trial in found],
            y=[trial.value for trial in found],
            name=name,
            mode=mode,
            line={"shape": "hv", "width": 2, "color": colour},
            marker={"color": colour, "size": 10, "symbol": "diamond" if found is front else "circle"},
            meta=downloaded({"Trial": [trial.number for trial in found]}, places=True),
            customdata=[[trial.number] for trial in found],
            text=[f"trial {trial.number}: {shown_share(trial.value or 0.0)}" for trial in found],
            hovertemplate="%{text}<br>%{x:,.4~g}<extra></extra>",
            cliponaxis=False,
        )
    shown: Sequence[Trial] = [*front, *others]
    figure.add_trace(ring([trial for trial in shown if trial.number == opened], lambda trial: trial.cost(cost)))
    figure.update_yaxes(**accuracy_axis("Validation accuracy", [trial.value or 0.0 for trial in shown]))
    return figure


def verdict_figure(verdict: Verdict, *, height: int = 0) -> go.Figure:
    """The scores of every contender with other seeds, its median and interval, and the score that chose it."""
    standings = verdict.standings[::-1]
    names = [f"Trial {one.contender.trial}{' (base)' if one.contender.is_base else ''}" for one in standings]
    figure = go.Figure(layout=base_layout(height=height or 150 + 84 * len(names)))
    figure.update_layout(margin={"l": 110, "r": 16, "t": 28, "b": 76})
    everything: list[float] = []
    for name, colour, symbol, shift in (
        ("Validation", SERIES[0], "circle", APART),
        ("Test", SERIES[1], "square", -APART),
    ):
        scores = [one.validation if name == "Validation" else one.test for one in standings]
        medians = [one.on_validation if name == "Validation" else one.on_test for one in standings]
        everything += [score for found in scores for score in found]
        figure.add_scatter(
            x=[score for found in scores for score in found],
            y=[place + shift for place, found in enumerate(scores) for _ in found],
            name=f"{name}, each seed", mode="markers", cliponaxis=False,
            marker={"color": colour, "size": 8, "symbol": f"{symbol}-open"},
            hovertext=[shown_share(score) for found in scores for score in found],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
        known = [(place, found) for place, found in enumerate(medians) if found is not None]
        figure.add_scatter(
            x=[found.median for _, found in known], y=[place + shift for place, _ in known],
            name=f"{name}, median and interval", mode="markers", cliponaxis=False,
            marker={"color": colour, "size": 12, "symbol": symbol},
            error_x={"type": "data", "symmetric": False, "color": colour, "thickness": 2,
                     "array": [found.high - found.median for _, found in known],
                     "arrayminus": [found.median - found.low for _, found in known]},
            hovertext=[shown_share(found.median) for _, found in known],
            hovertemplate="median %{hovertext}<extra></extra>",
        )  # fmt: skip
    firsts = [one.contender.first for one in standings]
    figure.add_scatter(
        x=firsts, y=[place + APART for place in range(len(names))], name="Score in the search", mode="markers",
        marker={"color": NEUTRAL, "size": 12, "symbol": "diamond-open", "line": {"width": 2}}, cliponaxis=False,
        hovertext=[shown_share(first) for first in firsts], hovertemplate="in the search: %{hovertext}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(**accuracy_axis("Accuracy", [*everything, *firsts]))
    figure.update_yaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=list(escaped(names)),
                        range=[-0.5, len(names) - 0.5], fixedrange=True, zeroline=False)  # fmt: skip
    return figure
