"""One-vs-rest ROC and precision-recall curves, one for each class."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.theme import base_layout, downloaded, escaped, message_figure, plain, share_axis
from dashboard.colours import DASHES, NEUTRAL, SERIES
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.curves import PrecisionRecallCurve, RocCurve
from mnist_core.shares import shown_area, shown_share

MAX_POINTS = 300
"""Points drawn of a curve; ten curves of ten thousand points would take megabytes."""

ZOOM = 0.1
"""The curves of good networks lie in one corner; zoomed in, both axes show this much of it."""

Doubles = npt.NDArray[np.float64]


def roc_figure(
    curves: Sequence[RocCurve],
    *,
    labels: Collection[int] | None = None,
    zoom: bool = True,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 420,
) -> go.Figure:
    """True against false positive rate of each class as its threshold falls; the legend gives the area under the curve.

    Args:
        labels: the classes to draw; None draws all that have a curve.
        zoom: show the upper left corner only, where the curves of good networks differ.
    """
    chosen = [curve for curve in curves if len(curve.thresholds) and (labels is None or curve.label in labels)]
    if not chosen:
        return message_figure("Undefined: a curve needs digits of this class and of others.", height=height)
    figure = go.Figure(layout=base_layout(height=height, legend={"orientation": "v"}))
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="Random guessing",
        line={"color": NEUTRAL, "dash": "dot"},
        hoverinfo="skip",
    )
    for curve in chosen:
        kept = corners(curve.false_positive_rate, curve.true_positive_rate)
        name = escaped(class_names)[curve.label]
        figure.add_scatter(
            name=f"{name}: {html.escape(shown_area(curve.area))}",
            x=plain(curve.false_positive_rate[kept]),
            y=plain(curve.true_positive_rate[kept]),
            meta=downloaded({"Threshold": _finite(curve.thresholds[kept])}, places=True),
            customdata=_shown(curve.thresholds[kept]),
            text=_texts(
                "true positives", curve.true_positive_rate[kept], "false positives", curve.false_positive_rate[kept]
            ),
            hovertemplate=f"{name}, threshold %{{customdata}}<br>%{{text}}<extra></extra>",
            **_style(curve.label),
        )
    edge = ZOOM / 50
    figure.update_xaxes(**share_axis("False positive rate", range=[-edge, ZOOM] if zoom else [-0.02, 1]))
    figure.update_yaxes(**share_axis("True positive rate", range=[1 - ZOOM if zoom else 0, 1 + edge]))
    return figure


def precision_recall_figure(
    curves: Sequence[PrecisionRecallCurve],
    *,
    labels: Collection[int] | None = None,
    zoom: bool = True,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 420,
) -> go.Figure:
    """Precision against recall of each class as its threshold falls; the legend gives the average precision.

    Args:
        labels: the classes to draw; None draws all that have a curve.
        zoom: show the upper right corner only, where the curves of good networks differ.
    """
    chosen = [curve for curve in curves if len(curve.thresholds) and (labels is None or curve.label in labels)]
    if not chosen:
        return message_figure("Undefined: no digits of this class here.", height=height)
    figure = go.Figure(layout=base_layout(height=height, legend={"orientation": "v"}))
    for curve in chosen:
        kept = corners(curve.recall, curve.precision)
        name = escaped(class_names)[curve.label]
        figure.add_scatter(
            name=f"{name}: {html.escape(shown_area(curve.average_precision))}",
            x=plain(curve.recall[kept]),
            y=plain(curve.precision[kept]),
            meta=downloaded({"Threshold": _finite(curve.thresholds[kept])}, places=True),
            customdata=_shown(curve.thresholds[kept]),
            text=_texts("recall", curve.recall[kept], "precision", curve.precision[kept]),
            hovertemplate=f"{name}, threshold %{{customdata}}<br>%{{text}}<extra></extra>",
            **_style(curve.label),
        )
    low, edge = (1 - ZOOM if zoom else 0), ZOOM / 50
    figure.update_xaxes(**share_axis("Recall", range=[low, 1 + edge]))
    figure.update_yaxes(**share_axis("Precision", range=[low, 1 + edge]))
    return figure


def corners(x: Doubles, y: Doubles, limit: int = MAX_POINTS) -> npt.NDArray[np.int64]:
    """Positions of the points that give a curve its shape: none within straight stretches, and at most `limit`."""
    if len(x) <= 2:
        return np.arange(len(x))
    before, after = slice(0, -2), slice(2, None)
    turn = (x[1:-1] - x[before]) * (y[after] - y[1:-1]) - (y[1:-1] - y[before]) * (x[after] - x[1:-1])
    kept = np.flatnonzero(np.concatenate([[True], np.abs(turn) > 1e-15, [True]]))
    if len(kept) > limit:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, limit).round().astype(np.int64))]
    return kept


def _style(label: int) -> dict[str, Any]:
    return {
        "mode": "lines",
        "line": {"color": SERIES[label % len(SERIES)], "dash": DASHES[label % len(DASHES)], "width": 2},
    }


def _finite(thresholds: Doubles) -> list[Any]:
    return plain(np.where(np.isfinite(thresholds), thresholds, np.nan))


def _shown(thresholds: Doubles) -> list[str]:
    return [f"{value:.3g}" if np.isfinite(value) else "above 1" for value in thresholds.tolist()]


def _texts(first: str, firsts: Doubles, second: str, seconds: Doubles) -> list[str]:
    pairs = zip(firsts.tolist(), seconds.tolist(), strict=True)
    return [f"{first} {shown_share(one)}, {second} {shown_share(other)}" for one, other in pairs]
