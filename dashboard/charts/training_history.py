"""Training histories: the probabilities of one digit after each epoch, and the data map of all digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from dashboard.charts.clicks import clicked_numbers
from dashboard.charts.theme import accuracy_axis, base_layout, downloaded, epoch_axis, escaped, share_axis
from dashboard.colours import DASHES, RIGHT, SERIES, WRONG
from mnist_core.data.dataset import DIGITS
from mnist_core.evaluation.training_history import CATEGORIES, Category, TrainingHistories
from mnist_core.shares import shown_share

CATEGORY_COLOURS = {
    Category.EARLY: RIGHT,
    Category.LATE: SERIES[2],
    Category.UNSTABLE: SERIES[1],
    Category.FORGOTTEN: SERIES[3],
    Category.NEVER: WRONG,
}

CATEGORY_SYMBOLS = {
    Category.EARLY: "circle-open",
    Category.LATE: "square",
    Category.UNSTABLE: "diamond",
    Category.FORGOTTEN: "triangle-down",
    Category.NEVER: "x",
}

WORTH_A_LINE = 0.05
"""Classes that never reached this probability are left out of a training history."""

MAX_POINTS = 1500
"""Points on the data map: all digits of rare categories, a sample of common ones."""

MAX_VARIABILITY = 0.5
"""The standard deviation of numbers from 0 to 1 is at most this: half of them 0, half of them 1."""


def training_history_figure(
    epochs: Sequence[int],
    probabilities: npt.NDArray[np.floating],
    *,
    true_label: int,
    class_names: tuple[str, ...] = DIGITS,
    height: int = 300,
) -> go.Figure:
    """The probabilities of one digit after each epoch; a cross where its predicted label was wrong.

    Args:
        probabilities: (E, 10), epochs rising. Classes that never reached `WORTH_A_LINE` are left out.
    """
    names = escaped(class_names)
    is_correct = probabilities.argmax(axis=1) == true_label
    # Beside the chart, since above it the legend would take half of it; the true label first.
    beside = {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top", "traceorder": "reversed"}
    figure = go.Figure(layout=base_layout(height=height, legend=beside))
    others = [i for i in range(len(names)) if i != true_label and probabilities[:, i].max(initial=0) >= WORTH_A_LINE]
    for position, label in enumerate(others):
        figure.add_scatter(
            name=names[label],
            x=list(epochs),
            y=probabilities[:, label].tolist(),
            mode="lines",
            cliponaxis=False,
            line={"color": SERIES[1 + position % 9], "dash": DASHES[1 + position % 4], "width": 1.5},
            text=_shown(probabilities[:, label]),
            hovertemplate=f"epoch %{{x}}: {names[label]} %{{text}}<extra></extra>",
        )
    figure.add_scatter(
        name=f"{names[true_label]} (true)",
        x=list(epochs),
        y=probabilities[:, true_label].tolist(),
        mode="lines+markers",
        cliponaxis=False,
        line={"color": RIGHT, "width": 3},
        marker={
            "size": 9,
            "symbol": ["circle" if correct else "x" for correct in is_correct.tolist()],
            "color": [RIGHT if correct else WRONG for correct in is_correct.tolist()],
        },
        text=[
            f"{share}, {'correct' if correct else 'wrong'}"
            for share, correct in zip(_shown(probabilities[:, true_label]), is_correct.tolist(), strict=True)
        ],
        hovertemplate=f"epoch %{{x}}: {names[true_label]} (true) %{{text}}<extra></extra>",
    )
    figure.update_xaxes(**epoch_axis(len(epochs)))
    figure.update_yaxes(**accuracy_axis("Probability"))
    return figure


def data_map_figure(
    histories: TrainingHistories,
    *,
    class_names: tuple[str, ...] = DIGITS,
    max_points: int = MAX_POINTS,
    height: int = 460,
) -> go.Figure:
    """Each digit by variability and confidence of the probability of its true label, coloured by category.

    Top left is easy, right is ambiguous, bottom left is hard or mislabelled. At most `max_points` digits are drawn,
    rare categories in full; the legend counts all.
    """
    figure, names = go.Figure(layout=base_layout(height=height, hoverdistance=12)), escaped(class_names)
    codes = histories.category_codes
    confidence, variability = histories.confidence, histories.variability
    for code, chosen in _sampled(codes, max_points).items():
        category = CATEGORIES[code]
        n = int((codes == code).sum())
        note = f"{n:,}" if len(chosen) == n else f"{len(chosen):,} of {n:,}"
        figure.add_scatter(
            name=f"{category} ({note})",
            x=np.round(variability[chosen].astype(np.float64), 4).tolist(),
            y=np.round(confidence[chosen].astype(np.float64), 4).tolist(),
            mode="markers",
            cliponaxis=False,
            meta=downloaded(
                {
                    "Index": histories.index[chosen].tolist(),
                    "True label": [names[label] for label in histories.labels[chosen]],
                },
                places=True,
            ),
            customdata=[[int(row), names[histories.labels[row]]] for row in chosen],
            marker={"color": CATEGORY_COLOURS[category], "symbol": CATEGORY_SYMBOLS[category], "size": 7},
            text=[
                f"confidence {high}, variability {spread}"
                for high, spread in zip(_shown(confidence[chosen]), _shown(variability[chosen]), strict=True)
            ],
            hovertemplate=f"true %{{customdata[1]}}, {category}<br>%{{text}}<extra></extra>",
        )
    figure.update_xaxes(**share_axis("Variability (standard deviation)", range=[0, MAX_VARIABILITY]))
    figure.update_yaxes(**accuracy_axis("Confidence (mean probability of true label)"))
    return figure


def clicked_digit(event: object, histories: TrainingHistories) -> int | None:
    """Position in `histories` of the digit clicked on the data map; the browser may send anything."""
    numbers = clicked_numbers(event, len(histories))
    return numbers[0] if numbers else None


def _shown(probabilities: npt.NDArray[np.floating]) -> list[str]:
    return [shown_share(value) for value in probabilities.astype(np.float64).tolist()]


def _sampled(codes: npt.NDArray[np.uint8], max_points: int) -> dict[int, npt.NDArray[np.int64]]:
    """Positions to draw by category, always the same ones: rare categories in full, the others share what is left."""
    rng = np.random.default_rng(0)
    members = {code: np.flatnonzero(codes == code) for code in range(len(CATEGORIES))}
    room, sampled = max_points, {}
    for place, code in enumerate(sorted(members, key=lambda item: len(members[item]))):
        rows = members[code]
        share = room // (len(CATEGORIES) - place)
        chosen = rows if len(rows) <= share else np.sort(rng.choice(rows, share, replace=False))
        room -= len(chosen)
        if len(chosen):
            sampled[code] = chosen.astype(np.int64)
    return dict(sorted(sampled.items()))
