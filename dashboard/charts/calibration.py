"""Reliability diagram, and accuracy against coverage under selective prediction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.theme import accuracy_axis, base_layout, downloaded, escaped, message_figure, plain
from dashboard.colours import DASHES, NEUTRAL, SERIES, SYMBOLS
from mnist_core.evaluation.calibration import Calibration, ReliabilityBin
from mnist_core.evaluation.rejection import RejectionCurve
from mnist_core.shares import shown_range, shown_share

MAX_POINTS = 300


def reliability_figure(calibrations: Mapping[str, Calibration], *, height: int = 420) -> go.Figure:
    """Accuracy against mean confidence in each bin, with 95% intervals; on the diagonal both are the same.

    Below the diagonal the network is overconfident. The area of a point grows with the number of its digits. The legend
    gives the ECE with the number of bins.

    Args:
        calibrations: by name, such as "as trained" and "with temperature 1.4".
    """
    if not any(item.n for item in calibrations.values()):
        return message_figure("There are no images to score.", height=height)
    figure = go.Figure(layout=base_layout(height=height))
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="Confidence = accuracy",
        line={"color": NEUTRAL, "dash": "dot"},
        hoverinfo="skip",
    )
    for position, (name, item) in enumerate(zip(escaped(calibrations), calibrations.values(), strict=True)):
        _add_bins(figure, f"{name}: ECE {shown_share(item.expected_error)} ({item.n_bins} bins)", item, position)
    figure.update_xaxes(**accuracy_axis("Mean confidence"))
    figure.update_yaxes(**accuracy_axis("Accuracy"))
    return figure


def selective_prediction_figure(curves: Mapping[str, RejectionCurve], *, height: int = 340) -> go.Figure:
    """Accuracy against coverage: only the digits with the highest confidence get a prediction.

    Args:
        curves: by name, such as runs.
    """
    drawn = {name: curve for name, curve in curves.items() if len(curve.threshold)}
    if not drawn:
        return message_figure("There are no images to score.", height=height)
    figure = go.Figure(layout=base_layout(height=height, showlegend=len(drawn) > 1))
    for position, (name, curve) in enumerate(zip(escaped(drawn), drawn.values(), strict=True)):
        kept = np.unique(np.linspace(0, len(curve.threshold) - 1, MAX_POINTS).round().astype(np.int64))
        figure.add_scatter(
            name=name,
            x=plain(curve.share[kept]),
            y=plain(curve.accuracy[kept]),
            customdata=np.stack([curve.threshold[kept], curve.n_wrong[kept]], axis=1).tolist(),
            meta=downloaded(
                {"Least confidence": plain(curve.threshold[kept]), "Wrong": curve.n_wrong[kept].tolist()}, places=True
            ),
            mode="lines",
            cliponaxis=False,
            line={"color": SERIES[position % len(SERIES)], "dash": DASHES[position % len(DASHES)], "width": 2},
            text=[
                f"coverage {shown_share(share)}: accuracy {shown_share(accuracy)}"
                for share, accuracy in zip(curve.share[kept].tolist(), curve.accuracy[kept].tolist(), strict=True)
            ],
            hovertemplate="%{text}, %{customdata[1]:.0f} wrong<br>"
            "confidence at least %{customdata[0]:.4f}<extra></extra>",
        )
    figure.update_xaxes(**accuracy_axis("Coverage"))
    shown = (value for curve in drawn.values() for value in curve.accuracy.tolist())
    figure.update_yaxes(**accuracy_axis("Accuracy", shown))
    return figure


def _add_bins(figure: go.Figure, name: str, item: Calibration, position: int) -> None:
    filled = [part for part in item.bins if part.n]
    largest = max(part.n for part in filled) if filled else 1
    figure.add_scatter(
        name=name,
        x=[part.confidence for part in filled],
        y=[part.accuracy for part in filled],
        mode="lines+markers",
        cliponaxis=False,
        line={"color": SERIES[position % len(SERIES)], "dash": DASHES[position % len(DASHES)], "width": 1},
        marker={
            "size": [7 + 11 * float(np.sqrt(part.n / largest)) for part in filled],
            "symbol": SYMBOLS[position % len(SYMBOLS)],
            "color": SERIES[position % len(SERIES)],
            "line": {"width": 0},
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [part.accuracy_interval.high - part.accuracy for part in filled],
            "arrayminus": [part.accuracy - part.accuracy_interval.low for part in filled],
            "thickness": 1.2,
            "width": 3,
        },
        meta=downloaded({"Images": [part.n for part in filled]}, places=True),
        text=[_bin_text(part) for part in filled],
        hovertemplate="%{text}<extra></extra>",
    )


def _bin_text(part: ReliabilityBin) -> str:
    return (
        f"confidence {shown_range(part.low, part.high)}, mean {shown_share(part.confidence)}<br>"
        f"{part.n_correct:,} of {part.n:,} correct, {shown_share(part.accuracy)}"
    )
