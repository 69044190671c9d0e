"""One digit with its prediction, in the panel beside what was clicked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.widgets.enlarged_digit import enlarged_digit
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.probability_bars import probability_bars
from mnist_core.data.rows import Row
from mnist_core.evaluation.predictions import Position, Predictions
from mnist_core.shares import shown_probability

ENLARGED, IN_CARD = 6, 4


def render_digit_card(
    found: Evaluated, position: Position, *, key: str, render_ways_on: Callable[[Evaluated, Row], None]
) -> None:
    """The enlarged digit, its labels, confidence and loss, its ten probabilities, and links.

    Args:
        render_ways_on: draws links or buttons for the digit with this row.
    """
    one = found.predictions.take(np.array([position]))
    row = found.predictions.row_at(position)
    digit, bars = st.columns(2, gap="small")
    with digit, st.container(key=f"{key}.words", gap="xsmall"):
        render_enlarged(found, position, scale=IN_CARD)
        st.markdown(verdict(found, position))
        st.caption(f"{figures(one)} · {found.split} image {row}")
    with bars, st.container(gap="xsmall"):
        probability_bars(one.probabilities[0], key=key, true_label=int(one.labels[0]), class_names=found.class_names)
        if found.is_own:  # an explanation is about the data the run was trained on
            render_ways_on(found, row)


def render_enlarged(found: Evaluated, position: Position, *, scale: int = ENLARGED) -> None:
    """The digit with square pixels."""
    image = found.image(position)
    if image is None:
        st.caption("No image")
        return
    enlarged_digit(image, scale)


def verdict(found: Evaluated, position: Position) -> str:
    """Both labels in a sentence."""
    names = found.class_names
    true = escape_markdown(names[found.predictions.labels[position]])
    predicted = escape_markdown(names[int(found.predictions.probabilities[position].argmax())])
    if true == predicted:
        return f"True and predicted label **{true}**: correct"
    return f"True label **{true}**, predicted label **{predicted}**: wrong"


def figures(one: Predictions) -> str:
    """Confidence, margin and loss of a single prediction."""
    confidence, margin = (
        shown_probability(float(one.confidence[0])),
        shown_probability(float(one.margin[0])).removesuffix("%"),
    )
    return f"Confidence {confidence} · margin {margin} points · loss {one.losses[0]:.2f}"
