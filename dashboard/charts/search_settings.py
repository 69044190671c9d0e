"""What the settings of a search did: slices, contours, parallel coordinates and importances.

Every point carries its trial. All axes of settings go from 0 to 1, with the values as labels, so that numbers, factors
and words are drawn alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.charts.theme import (
    SHARE_TICKS,
    accuracy_axis,
    base_layout,
    downloaded,
    escaped,
    faded,
    rising_scale,
    share_axis,
)
from dashboard.colours import NEUTRAL, SELECTED, SERIES
from mnist_core.shares import shown_share
from mnist_core.tuning.positions import point_words, position, surface, ticks, value_words
from mnist_core.tuning.space import Dimension
from mnist_core.tuning.trials import Trial

GOOD, OTHER = SERIES[0], NEUTRAL
BEST_SHARE = 4
"""One in so many of the trials is drawn as one of the best."""
SIDE = 40
ROOM = 0.04


def slice_figure(
    trials: Sequence[Trial], dimension: Dimension, *, title: str, opened: int | None = None, height: int = 380
) -> go.Figure:
    """Validation accuracy against one setting, a point for each completed trial."""
    figure = go.Figure(layout=base_layout(height=height))
    trials = _opened_last(trials, opened)
    values = [trial.value or 0.0 for trial in trials]
    figure.add_scatter(
        x=[position(dimension, trial.point[dimension.setting]) for trial in trials],
        y=values,
        mode="markers",
        marker={"color": [_colour(trial, opened, GOOD) for trial in trials], "size": 10, "opacity": 0.85},
        meta=_columns(trials, {dimension.setting: title}),
        customdata=[[trial.number] for trial in trials],
        hovertext=_hovers(trials, {dimension.setting: title}),
        hovertemplate="%{hovertext}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_xaxes(**_axis(dimension, title))
    figure.update_yaxes(**accuracy_axis("Validation accuracy", values))
    return figure


def contour_figure(
    trials: Sequence[Trial], dimensions: tuple[Dimension, Dimension], *, titles: tuple[str, str],
    opened: int | None = None, page: str = "light", height: int = 440,
) -> go.Figure:  # fmt: skip
    """Validation accuracy over two settings: points for the trials, and what lies between them interpolated.

    Args:
        page: the name of the page's theme.
    """
    figure = go.Figure(layout=base_layout(height=height))
    trials = _opened_last(trials, opened)
    places = [tuple(position(one, trial.point[one.setting]) for one in dimensions) for trial in trials]
    values = [trial.value or 0.0 for trial in trials]
    grid = [place / (SIDE - 1) for place in range(SIDE)]
    figure.add_contour(
        x=grid, y=grid, z=surface([(x, y) for x, y in places], values, side=SIDE).tolist(),
        colorscale=rising_scale(GOOD, page), hoverinfo="skip", line={"width": 0},
        contours={"showlabels": False},
        colorbar={"title": {"text": "Accuracy"}, "tickformat": SHARE_TICKS, "thickness": 12, "outlinewidth": 0},
    )  # fmt: skip
    names = dict(zip((one.setting for one in dimensions), titles, strict=True))
    figure.add_scatter(
        x=[x for x, _ in places],
        y=[y for _, y in places],
        mode="markers",
        marker={"color": [_colour(trial, opened, "#ffffff") for trial in trials], "size": 10,
                "line": {"width": 2, "color": GOOD}},
        meta=_columns(trials, names),
        customdata=[[trial.number] for trial in trials],
        hovertext=_hovers(trials, names),
        hovertemplate="%{hovertext}<extra></extra>",
        cliponaxis=False,
    )  # fmt: skip
    figure.update_xaxes(**_axis(dimensions[0], titles[0]))
    figure.update_yaxes(**_axis(dimensions[1], titles[1]))
    return figure


def parallel_figure(
    trials: Sequence[Trial], dimensions: Sequence[Dimension], *, titles: Sequence[str], opened: int | None = None,
    height: int = 460,
) -> go.Figure:  # fmt: skip
    """A line for each completed trial through its settings to its accuracy, the best quarter in colour."""
    values = [trial.value or 0.0 for trial in trials]
    low, high = min(values), max(values)
    ranked = sorted(trials, key=lambda trial: (trial.value or 0.0, -trial.number))  # the best are drawn on top
    n_good = max(1, len(trials) // BEST_SHARE)
    good = {trial.number for trial in ranked[-n_good:]}
    names = dict(zip((one.setting for one in dimensions), titles, strict=True))
    traces = []
    for trial, hover in zip(ranked, _hovers(ranked, names), strict=True):
        heights = [position(one, trial.point[one.setting]) for one in dimensions]
        heights.append(((trial.value or 0.0) - low) / (high - low) if high > low else 1.0)
        is_good, is_open = trial.number in good, trial.number == opened
        colour = SELECTED if is_open else GOOD if is_good else OTHER
        traces.append(
            {
                "x": list(range(len(heights))), "y": heights, "mode": "lines+markers", "showlegend": False,
                "line": {"color": colour if is_good or is_open else faded(OTHER, 0.45),
                         "width": 3 if is_open else 2 if is_good else 1, "dash": "solid" if is_good else "dot"},
                "meta": _columns([trial], names),
                "marker": {"size": 7, "color": colour}, "customdata": [[trial.number]] * len(heights),
                "hovertext": [hover] * len(heights), "hovertemplate": "%{hovertext}<extra></extra>",
                "cliponaxis": False,
            }
        )  # fmt: skip
    labels = (*titles, "Accuracy")
    figure = go.Figure(data=traces, layout=base_layout(height=height, hovermode="closest"))
    figure.update_layout(margin={"l": 40, "r": 40, "t": 28, "b": 60})
    figure.update_xaxes(tickmode="array", tickvals=list(range(len(labels))), ticktext=list(escaped(labels)),
                        range=[-0.3, len(labels) - 0.5], fixedrange=True, zeroline=False, showgrid=True)  # fmt: skip
    figure.update_yaxes(visible=False, range=[-0.08, 1.08], fixedrange=True)
    for place, dimension in enumerate(dimensions):
        _label_ends(figure, place, *ticks(dimension))
    ends = (shown_share(low), shown_share(high)) if high > low else ("", shown_share(high))
    _label_ends(figure, len(dimensions), (0.0, 1.0), ends)
    return figure


def importance_figure(importances: Mapping[str, float], labels: Mapping[str, str], *, height: int = 0) -> go.Figure:
    """The share of each setting, the most important on top; a bar carries the place of its setting in `importances`."""
    names = list(importances)[::-1]
    figure = go.Figure(layout=base_layout(height=height or 90 + 32 * len(names)))
    figure.update_layout(margin={"l": 8, "r": 60, "t": 28, "b": 48})
    figure.add_bar(
        x=[importances[name] for name in names],
        y=list(range(len(names))),
        orientation="h",
        marker={"color": GOOD, "line": {"width": 0}},
        text=[shown_share(importances[name]) for name in names],
        textposition="outside",
        cliponaxis=False,
        customdata=[[place] for place in range(len(names))][::-1],
        hoverinfo="none",  # "skip" would take the clicks away too
    )
    shown = [labels.get(name, name) for name in names]
    figure.update_yaxes(tickmode="array", tickvals=list(range(len(names))), ticktext=list(escaped(shown)),
                        fixedrange=True, zeroline=False, automargin=True)  # fmt: skip
    figure.update_xaxes(**share_axis("Share", rangemode="tozero", tickangle=0, nticks=5))  # also on a phone
    return figure


def _label_ends(figure: go.Figure, place: int, at: Sequence[float], labels: Sequence[str]) -> None:
    for height, label in zip(at, escaped(labels), strict=True):
        figure.add_annotation(
            x=place, y=height, text=label, showarrow=False, xanchor="left", xshift=7, font={"size": 12}
        )


def _axis(dimension: Dimension, title: str) -> dict[str, Any]:
    places, labels = ticks(dimension)
    return {
        "title": {"text": escaped((title,))[0]},
        "tickmode": "array",
        "tickvals": list(places),
        "ticktext": list(escaped(labels)),
        "range": [-ROOM, 1 + ROOM],
        "fixedrange": True,
        "zeroline": False,
    }


def _opened_last(trials: Sequence[Trial], opened: int | None) -> list[Trial]:
    """In this order the open trial lies above those at its place."""
    return sorted(trials, key=lambda trial: trial.number == opened)


def _colour(trial: Trial, opened: int | None, colour: str) -> str:
    return SELECTED if trial.number == opened else colour


def _columns(trials: Sequence[Trial], labels: Mapping[str, str]) -> dict[str, Any]:
    """For the download as CSV, since the axes are from 0 to 1."""
    settings = {label: [_cell(trial.point[name]) for trial in trials] for name, label in labels.items()}
    numbers = [trial.number for trial in trials]
    return downloaded({"Trial": numbers, **settings, "Validation accuracy": [trial.value for trial in trials]})


def _cell(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else value_words(value)


def _hovers(trials: Sequence[Trial], labels: Mapping[str, str]) -> list[str]:
    return [
        f"trial {trial.number}: {shown_share(trial.value or 0.0)}<br>"
        + "<br>".join(escaped(point_words({name: trial.point[name]}, labels) for name in labels))
        for trial in trials
    ]
