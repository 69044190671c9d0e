"""Label review: one suspect label after the other, to keep, to change, or to call ambiguous."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.context.digit import digit_words
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.card import render_enlarged
from dashboard.shared.digits.digit_list import DigitList, Place
from dashboard.state.current import current
from dashboard.views.mistakes.choices import MistakesView, mistakes
from dashboard.views.mistakes.label_decision import render_decision_buttons, render_words, undo_last
from dashboard.views.mistakes.label_review import Review, read_review
from dashboard.views.mistakes.neighbours import render_neighbours
from dashboard.views.mistakes.reviewed_labels import render_reviewed_accuracy, render_reviewed_digits
from mnist_core.evaluation.predictions import Position

SCALE = 8
HELP = (
    "A label is suspect if the digit is misclassified and the probability of the predicted label is at least as high "
    "as its mean over the images with that label (confident learning; Northcutt et al., 2021). First come those whose "
    "predicted label is more probable than their label by the most. Decisions are kept beside the data set, which "
    "itself stays as it is."
)


def render_labels(found: Evaluated) -> None:
    """The open digit with the buttons to decide, the accuracy under both labels, and all reviewed digits."""
    if found.dataset is None:
        st.info("A label can only be reviewed with its image, and that is not available.", icon=":material/label_off:")
        return
    review = read_review(found, found.dataset)
    opened = _opened(review)
    top = st.container()
    render_reviewed_accuracy(found, review.decisions)
    picked = render_reviewed_digits(found, review.suspects.positions, review.overlay, opened=opened)
    if picked is not None:
        found.open(picked)
        opened = picked
    with top:
        if not len(review.suspects):
            st.info(
                "None of these labels is suspect. To review another one, open its digit in the gallery.",
                icon=":material/check:",
            )
        if opened is not None:
            _render_review(review, opened)


def _opened(review: Review) -> Position | None:
    """The open digit; without one, or with one that this split does not have, the first label to review."""
    opened = review.found.opened
    if opened is not None:
        return opened
    if current.image is not None:
        words = digit_words(current.image).capitalize()
        st.info(f"{words} is not among these {review.found.words}.", icon=":material/search_off:")
    if not len(review.suspects):
        return None
    first = review.suspects.position_at(Place(0))
    if review.decision_at(first) is not None:
        first = review.next_open(Place(0)) or first
    if current.image is None:
        review.found.open(first)
    return first


def _render_review(review: Review, opened: Position) -> None:
    _render_bar(review, opened)
    digit, decision, neighbours = st.columns([3, 5, 4], gap="medium")
    with digit:
        render_enlarged(review.found, opened, scale=SCALE)
    with decision:
        render_words(review, opened)
        render_decision_buttons(review, opened)
    with neighbours:
        image = review.found.image(opened)
        assert image is not None
        render_neighbours(review.found, opened, image)


def _render_bar(review: Review, opened: Position) -> None:
    n, place = len(review.suspects), review.suspects.place_of(opened)
    with st.container(key="mistakes.review_progress"):
        if n:
            start = "All" if review.n_reviewed == n else f"{review.n_reviewed:,} of"
            st.progress(review.n_reviewed / n, text=f"{start} {n:,} suspect labels reviewed")
    with st.container(horizontal=True, vertical_alignment="center", key="mistakes.review_bar"):
        for name, step, key in (("Previous", -1, "K"), ("Next", +1, "J")):  # the keys of the other views
            st.button(
                name,
                key=f"mistakes.review_{name.lower()}",
                icon=":material/arrow_back:" if step < 0 else ":material/arrow_forward:",
                shortcut=key,
                disabled=_target(review.suspects, place, step) is None,
                on_click=_walk,
                args=(review, step, place),
            )
        with st.container(key="mistakes.undo_press_once", width="content"):
            st.button(
                "Undo",
                key="mistakes.review_undo",
                icon=":material/undo:",
                shortcut="U",
                disabled=not review.overlay.changes,
                help="Undo the last decision about this data set, and show its digit.",
                on_click=undo_last,
                args=(review.dataset,),
            )
        st.button("Explain", key="mistakes.review_explain", icon=":material/troubleshoot:", on_click=_explain)
        which = "Not a suspect label" if place is None else f"Suspect label {place + 1:,} of {n:,}"
        row = review.found.predictions.row_at(opened)
        st.markdown(f"{which} · {review.found.split} image {row:,}", help=HELP)


def _walk(review: Review, step: int, shown: Place | None) -> None:
    """One step from the digit that is open by now, so that two quick presses are two steps; else from that shown."""
    opened = review.found.opened
    place = shown if opened is None else review.suspects.place_of(opened)
    target = _target(review.suspects, place, step)
    if target is not None:
        review.found.open(review.suspects.position_at(target))


def _target(digits: DigitList, place: Place | None, step: int) -> Place | None:
    """The place in the list that a step leads to; from a digit outside of it, the first."""
    target = place + step if place is not None else 0
    return Place(target) if 0 <= target < len(digits) else None


def _explain() -> None:
    mistakes.view = MistakesView.EXPLAIN
