"""What is decided about the label of one digit, and the buttons to decide."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.settings import data_folder
from dashboard.shared.context.digit import judged_split_of, open_digit
from dashboard.shared.errors import explain_errors
from dashboard.state.current import current
from dashboard.views.mistakes.label_review import Review
from dashboard.views.mistakes.reviewed_labels import decision_words
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import DIGITS, Dataset
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay.overlay import DecisionKind
from mnist_core.data.label_overlay.review import LabelReview
from mnist_core.evaluation.predictions import Position
from mnist_core.shares import shown_probability


def render_words(review: Review, opened: Position) -> None:
    """The label and the predicted label with their probabilities, and what was decided."""
    one = review.found.predictions.take(np.array([opened]))
    names = review.found.class_names
    label, predicted = (escape_markdown(names[int(found)]) for found in (one.labels[0], one.predicted[0]))
    own, confidence = (shown_probability(float(found)) for found in (one.true_probability[0], one.confidence[0]))
    decision = review.decision_at(opened)
    with st.container(key="mistakes.review_words", gap="xsmall"):
        st.markdown(
            f"Label **{label}**, probability {own}  \nPredicted label **{predicted}**, probability {confidence}"
        )
        with st.container(horizontal=True, vertical_alignment="center", key="mistakes.review_decision"):
            words = "Not reviewed yet" if decision is None else f"**Decision: {decision_words(decision, names)}**"
            st.markdown(words, width="content")
            st.button(  # always there, so that the buttons below stay in their place
                "Remove",
                key="mistakes.review_remove",
                icon=":material/close:",
                type="tertiary",
                disabled=decision is None,
                help="Remove this decision: the label is to be reviewed again.",
                on_click=_withdraw,
                args=(review, opened),
            )


def render_decision_buttons(review: Review, opened: Position) -> None:
    """Keep, ambiguous, and a button for each label.

    Their keys name the digit: a press that comes when the next one is about to be shown decides nothing about it.
    """
    row = review.found.predictions.row_at(opened)
    of = f"{review.found.data_split}-{row}"
    with st.container(key="mistakes.review_press_once"):
        _render_kinds(review, opened, of=of)
        _render_labels(review, opened, of=of)


def _render_kinds(review: Review, opened: Position, *, of: str) -> None:
    label = review.found.class_names[int(review.found.predictions.labels[opened])]
    decision = review.decision_at(opened)
    with st.container(horizontal=True, key="mistakes.review_kinds"):
        for title, key, icon, kind in (
            (f"Keep {escape_markdown(label)}", "y", "check", DecisionKind.KEEP),
            ("Ambiguous", "a", "question_mark", DecisionKind.AMBIGUOUS),
        ):
            st.button(
                title,
                key=f"mistakes.review_{kind}.{of}",
                icon=f":material/{icon}:",
                shortcut=key,
                type="primary" if decision is not None and decision.kind is kind else "secondary",
                on_click=_decide,
                args=(review, opened, kind),
            )


def _render_labels(review: Review, opened: Position, *, of: str) -> None:
    names, decision = review.found.class_names, review.decision_at(opened)
    st.markdown(
        "Or change the label to",
        help="The keys 0 to 9 press these buttons. The label that the image has stands for Keep.",
    )
    has_names = names != DIGITS  # else the hints at the keys would repeat the labels
    with st.container(horizontal=True, key=f"mistakes.review_{'names' if has_names else 'digits'}", gap="xsmall"):
        for new, name in enumerate(names):
            is_chosen = decision is not None and decision.label == new
            st.button(
                escape_markdown(name),
                key=f"mistakes.review_{new}.{of}",
                shortcut=str(new),
                type="primary" if is_chosen else "secondary",
                on_click=_decide,
                args=(review, opened, DecisionKind.RELABEL, new),
            )


@explain_errors()
def _decide(review: Review, position: Position, kind: DecisionKind, label: int | None = None) -> None:
    """Save a decision, and open the next label to review."""
    image = _image(review, position)
    LabelReview(review.dataset, data_folder()).decide(image.split, image.row, kind, label)
    place = review.suspects.place_of(position)
    following = None if place is None else review.reread().next_open(place)
    review.found.open(position if following is None else following)


@explain_errors()
def _withdraw(review: Review, position: Position) -> None:
    image = _image(review, position)
    LabelReview(review.dataset, data_folder()).remove(image.split, image.row)


@explain_errors()
def undo_last(dataset: Dataset) -> None:
    """Undo the last change, and open the digit that it was about."""
    image = LabelReview(dataset, data_folder()).undo()
    if image is not None:
        current.judged_split = judged_split_of(image.split)
        open_digit(dataset.name, image.split, image.row)


def _image(review: Review, position: Position) -> ImageRef:
    return review.found.image_ref(review.found.predictions.row_at(position))
