"""For a test digit, which has no training history: those of the validation digits that look most like it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.shared.context.evaluated import VALIDATION, Evaluated, evaluated
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.current import current
from dashboard.state.url_values import reset
from dashboard.views.mistakes.choices import N_NEAREST, MistakesChoices, mistakes
from dashboard.views.mistakes.digit_history import render_digit_history
from dashboard.views.mistakes.opened_digit import render_opened_digit
from dashboard.widgets.digit_grid import digit_grid
from mnist_core.data.finding.neighbours import Neighbours
from mnist_core.errors import PredictionsError
from mnist_core.evaluation.predictions import Position

CELL = 56


def render_nearest_histories(found: Evaluated) -> None:
    """The open test digit, the validation digits nearest to it, and the training history of one of them."""
    opened = render_opened_digit(found)
    st.caption(
        ":material/history: Test digits are scored once, when training has ended, so they have no training history. "
        "These are the histories of the validation digits nearest to it by pixels, which are scored after every epoch."
    )
    question, answer = question_and_answer()
    try:
        held = evaluated(found.run, VALIDATION)
    except PredictionsError:
        st.caption("This run has no validation predictions.")
        return
    near = None if opened is None else _nearest(found, held, opened)
    with question:
        if near is not None:
            _render_nearest(held, near)
        st.button("Show all validation digits", key="mistakes.to_validation", on_click=_to_validation)
    chosen = mistakes.nearest
    with answer_panel(answer, name="mistakes", is_open=False, on_close=MistakesChoices.nearest.reset):
        if near is not None and chosen < len(near):
            with st.container(key="mistakes.history"):
                render_digit_history(held, Position(int(near.rows[chosen])))


def _nearest(found: Evaluated, held: Evaluated, opened: Position) -> Neighbours | None:
    """The nearest validation digits by their positions in `held`; None without images."""
    image = found.image(opened)
    if image is None or held.dataset is None:
        st.caption("The images of this run are not available, so the nearest digits cannot be found.")
        return None
    return answers.validation_index(found.run.run_id, held.dataset, held.predictions).nearest(image, N_NEAREST)


def _render_nearest(held: Evaluated, near: Neighbours) -> None:
    part = held.predictions.take(near.rows)
    images = held.images(near.rows)
    assert images is not None
    names = [held.class_names[label] for label in part.labels]
    picked = digit_grid(
        images,
        names,
        key="mistakes.nearest",
        label="Nearest validation digits",
        ids=part.index,
        show_captions=True,
        notes=[
            f"Label {name}, validation image {row}, pixel distance {distance:.2f}"
            for name, row, distance in zip(names, part.index, near.distances, strict=True)
        ],
        marks=(~part.correct).tolist(),
        selected=mistakes.nearest,
        cell=CELL,
    )
    if picked is not None:
        mistakes.nearest = picked
    st.caption(
        f"Nearest first, {float(np.max(near.distances)):.1f} full pixels away at most. Click one for its history."
    )


def _to_validation() -> None:
    current.judged_split = VALIDATION
    reset(MistakesChoices.page, MistakesChoices.nearest)
