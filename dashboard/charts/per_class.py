"""Precision, recall and F1 of each class."""

from __future__ import annotations

import math
from collections.abc import Iterator

import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout, escaped, label_axis, message_figure
from dashboard.colours import NEUTRAL, SERIES
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.intervals import LEVEL, Interval
from mnist_core.evaluation.scores import ClassScore, Scores
from mnist_core.shares import shown_level, shown_range, shown_share

PRECISION, RECALL = SERIES[0], SERIES[1]


def per_class_figure(scores: Scores, *, class_names: tuple[str, ...] = DIGITS, height: int = 340) -> go.Figure:
    """Precision and recall with 95% intervals beside each other, F1 between them, for each class.

    Points, not bars: a bar has to start at 0, and then 97% and 99% look the same.
    """
    known = [score for score in scores.per_class if score.support or score.predicted]
    if not known:
        return message_figure("There are no images to score.", height=height)
    figure = go.Figure(layout=base_layout(height=height))
    names = escaped(class_names[score.label] for score in known)
    _add_points(figure, "Recall: share of true digits found", known, names, is_recall=True)
    _add_points(figure, "Precision: share of predicted digits correct", known, names, is_recall=False)
    figure.add_scatter(
        name="F1: harmonic mean of both",
        x=[score.label for score in known],
        y=[score.f1 for score in known],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "line-ew-open", "size": 16, "color": NEUTRAL, "line": {"width": 2}},
        text=[f"{name}: F1 {shown_share(score.f1)}" for name, score in zip(names, known, strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_xaxes(**label_axis(class_names, "Class"))
    figure.update_yaxes(**accuracy_axis("Score", _ends(known)))
    return figure


def _ends(known: list[ClassScore]) -> Iterator[float]:
    """Everything that is drawn: the scores, and the ends of the intervals of those that are defined."""
    for score in known:
        yield score.f1
        pairs = ((score.recall, score.recall_interval), (score.precision, score.precision_interval))
        for share, interval in pairs:
            if not math.isnan(share):
                yield from (interval.low, interval.high)


def _add_points(
    figure: go.Figure, title: str, known: list[ClassScore], names: tuple[str, ...], *, is_recall: bool
) -> None:
    shares = [score.recall if is_recall else score.precision for score in known]
    intervals = [score.recall_interval if is_recall else score.precision_interval for score in known]
    wholes = [score.support if is_recall else score.predicted for score in known]
    offset = -0.12 if is_recall else 0.12
    figure.add_scatter(
        name=title,
        x=[score.label + offset for score in known],
        y=[None if math.isnan(share) else share for share in shares],
        mode="markers",
        cliponaxis=False,
        marker={
            "symbol": "circle" if is_recall else "square",
            "size": 9,
            "color": RECALL if is_recall else PRECISION,
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [0 if math.isnan(share) else i.high - share for share, i in zip(shares, intervals, strict=True)],
            "arrayminus": [
                0 if math.isnan(share) else share - i.low for share, i in zip(shares, intervals, strict=True)
            ],
            "thickness": 1.5,
            "width": 3,
        },
        text=[
            _sentence(name, score.correct, whole, interval, is_recall=is_recall)
            for name, score, whole, interval in zip(names, known, wholes, intervals, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )


def _sentence(name: str, correct: int, whole: int, interval: Interval, *, is_recall: bool) -> str:
    of = "true" if is_recall else "predicted"
    if whole == 0:
        return f"Undefined: no {of} {name} here."
    score = "recall" if is_recall else "precision"
    return (
        f"{name}: {score} {shown_share(correct / whole)}, {correct:,} of {whole:,} {of} {name} correct<br>"
        f"{shown_level(LEVEL)} interval {shown_range(interval.low, interval.high)}"
    )
