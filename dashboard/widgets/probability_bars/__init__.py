"""The ten probabilities of one digit as bars, light enough to follow a pen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.colours import NEUTRAL, RIGHT, WRONG

_component = st.components.v2.component(
    "mnist_studio_probability_bars",
    html='<div class="bars" role="list"></div>\n',
    css=Path(__file__).with_name("probability_bars.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("probability_bars.js").read_text(encoding="utf-8"),
)


def probability_bars(
    probabilities: np.ndarray,
    *,
    key: str,
    true_label: int | None = None,
    class_names: Sequence[str] = tuple("0123456789"),
) -> None:
    """A bar for each label.

    The true label has the colour of right; if another one is higher, that has the colour of wrong. Without a true label
    the highest alone is marked.

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
            "texts": tuple(per_cent(float(value)) for value in probabilities),
            "colours": tuple(colours),
        },
    )


def per_cent(value: float) -> str:
    """Short, without calling what is nearly certain certain or what is hardly possible impossible.

    No softmax says 0 or 1: probabilities that are exactly that were rounded when they were stored.
    """
    if value < 0.0005:
        return "<0.1%"
    if value >= 0.9995:
        return ">99.9%"
    return f"{100 * value:.1f}%"


def _role(label: int, true_label: int | None, predicted: int) -> str:
    if label == true_label == predicted:
        return "right"
    if label == true_label:
        return "true"
    return "predicted" if label == predicted else ""
