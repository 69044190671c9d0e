"""How digits fared over the epochs: one digit's probabilities, all digits' fates, and the map of the data set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.theme import base_layout, escaped, share_axis
from dashboard.colours import DASHES, RIGHT, SERIES, WRONG
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.training_history import FATES, Biographies, Fate

FATE_COLOURS = {
    Fate.EARLY: RIGHT,
    Fate.LATE: SERIES[2],
    Fate.UNSTABLE: SERIES[1],
    Fate.FORGOTTEN: SERIES[3],
    Fate.NEVER: WRONG,
}

FATE_SYMBOLS = {
    Fate.EARLY: "circle-open",
    Fate.LATE: "square",
    Fate.UNSTABLE: "diamond",
    Fate.FORGOTTEN: "triangle-down",
    Fate.NEVER: "x",
}

WORTH_A_LINE = 0.05
"""Labels that never had this probability are left out of a biography."""

MAX_POINTS = 1500
"""Points on the map; digits of the rare fates are all drawn, those of the common ones sampled."""


def biography_figure(
    epochs: Sequence[int],
    probabilities: npt.NDArray[np.floating],
    *,
    true_label: int,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 300,
) -> go.Figure:
    """The probabilities of one digit after each epoch; a cross where its answer was wrong.

    Args:
        probabilities: (E, 10), epochs rising. Labels that never reached 5% are left out.
    """
    names = escaped(class_names)
    is_right = probabilities.argmax(axis=1) == true_label
    figure = go.Figure(layout=base_layout(height=height))
    others = [i for i in range(len(names)) if i != true_label and probabilities[:, i].max(initial=0) >= WORTH_A_LINE]
    for position, label in enumerate(others):
        figure.add_scatter(
            name=names[label],
            x=list(epochs),
            y=probabilities[:, label].tolist(),
            mode="lines",
            line={"color": SERIES[1 + position % 9], "dash": DASHES[1 + position % 4], "width": 1.5},
            hovertemplate=f"epoch %{{x}}: {names[label]} %{{y:.2%}}<extra></extra>",
        )
    figure.add_scatter(
        name=f"{names[true_label]} (true)",
        x=list(epochs),
        y=probabilities[:, true_label].tolist(),
        mode="lines+markers",
        line={"color": RIGHT, "width": 3},
        marker={
            "size": 9,
            "symbol": ["circle" if right else "x" for right in is_right.tolist()],
            "color": [RIGHT if right else WRONG for right in is_right.tolist()],
        },
        text=["right" if right else "wrong" for right in is_right.tolist()],
        hovertemplate=f"epoch %{{x}}: {names[true_label]} (true) %{{y:.2%}}, %{{text}}<extra></extra>",
    )
    figure.update_xaxes(title={"text": "Epoch"}, tickformat="d", zeroline=False, fixedrange=True)
    figure.update_yaxes(**share_axis("Probability", range=[-0.03, 1.05]))
    return figure


def data_map_figure(biographies: Biographies, *, max_points: int = MAX_POINTS, height: int = 460) -> go.Figure:
    """Each digit by how much its probability changed and how high it was on average; coloured by its fate.

    Up left is easy, to the right ambiguous, down left hard or mislabelled. At most `max_points` digits are drawn, the
    rare fates in full; the legend counts all.
    """
    figure = go.Figure(layout=base_layout(height=height, hoverdistance=12))
    codes = biographies.fate_codes
    confidence, variability = biographies.confidence, biographies.variability
    for code, chosen in _sampled(codes, max_points).items():
        fate = FATES[code]
        n = int((codes == code).sum())
        note = f"{n:,}" if len(chosen) == n else f"{len(chosen):,} of {n:,}"
        figure.add_scatter(
            name=f"{fate} ({note})",
            x=np.round(variability[chosen].astype(np.float64), 4).tolist(),
            y=np.round(confidence[chosen].astype(np.float64), 4).tolist(),
            mode="markers",
            customdata=np.stack([chosen, biographies.labels[chosen]], axis=1).tolist(),
            marker={"color": FATE_COLOURS[fate], "symbol": FATE_SYMBOLS[fate], "size": 7},
            hovertemplate=f"true %{{customdata[1]}}, {fate}<br>mean %{{y:.1%}}, deviation %{{x:.1%}}<extra></extra>",
        )
    figure.update_xaxes(**share_axis("Variability of the true label's probability", range=[-0.01, 0.52]))
    figure.update_yaxes(**share_axis("Mean probability of the true label", range=[-0.03, 1.03]))
    return figure


def clicked_digit(event: object, biographies: Biographies) -> int | None:
    """Position in `biographies` of the digit clicked on the map; the browser may send anything."""
    numbers = clicked_numbers(event, len(biographies))
    return numbers[0] if numbers else None


def _sampled(codes: npt.NDArray[np.uint8], max_points: int) -> dict[int, npt.NDArray[np.int64]]:
    """Positions to draw by fate, always the same ones: rare fates whole, the room that is left shared by the others."""
    rng = np.random.default_rng(0)
    members = {code: np.flatnonzero(codes == code) for code in range(len(FATES))}
    room, sampled = max_points, {}
    for place, code in enumerate(sorted(members, key=lambda item: len(members[item]))):
        rows = members[code]
        share = room // (len(FATES) - place)
        chosen = rows if len(rows) <= share else np.sort(rng.choice(rows, share, replace=False))
        room -= len(chosen)
        if len(chosen):
            sampled[code] = chosen.astype(np.int64)
    return dict(sorted(sampled.items()))
