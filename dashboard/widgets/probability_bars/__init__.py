"""The ten probabilities of one digit as bars, fast enough to follow a pen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.colours import NEUTRAL, RIGHT, WRONG
from dashboard.widgets.component import component
from mnist_core.data.dataset import DIGITS
from mnist_core.shares import shown_probability

_component = component(__file__)


def probability_bars(
    probabilities: np.ndarray,
    *,
    key: str,
    true_label: int | None = None,
    class_names: Sequence[str] = DIGITS,
) -> None:
    """A bar for each class.

    The true label has the colour for correct; if another one is higher, that has the colour for wrong. Without a true
    label only the highest is marked.

    Args:
        probabilities: (10,).
        key: "<page>.<field>".
    """
    predicted = int(np.argmax(probabilities))
    colours = [NEUTRAL] * len(probabilities)
    colours[predicted] = RIGHT if true_label in (None, predicted) else WRONG
    if true_label is not None:
        colours[true_label] = RIGHT
    _component(
        key=key,
        data={
            "names": tuple(class_names),
            "roles": tuple(_role(label, true_label, predicted) for label in range(len(probabilities))),
            "shares": tuple(round(float(value), 5) for value in probabilities),
            "texts": tuple(shown_probability(float(value)) for value in probabilities),
            "colours": tuple(colours),
        },
    )


def _role(label: int, true_label: int | None, predicted: int) -> str:
    if label == true_label == predicted:
        return "correct"
    if label == true_label:
        return "true"
    return "predicted" if label == predicted else ""
