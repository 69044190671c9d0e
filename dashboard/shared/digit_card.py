"""One digit and what a run said of it, beside a grid."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.evaluated import Evaluated
from dashboard.state.selection import selection
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.probability_bars import per_cent, probability_bars

ENLARGED = 6
CASE_VIEW = "case"


def render_digit_card(found: Evaluated, position: int, *, page: str) -> None:
    """The digit enlarged, verdict and figures, its ten probabilities, and the way to its case file."""
    one = found.predictions.take(np.array([position]))
    row = int(one.index[0])
    picture, words = st.columns([1, 2], vertical_alignment="center")
    with picture:
        render_enlarged(found, position)
    with words, st.container(key=f"{page}.opened"):
        st.markdown(f"{verdict(found, position)}  \n{figures(one)}")
        st.caption(f"{found.split.capitalize()} digit {row}")
    probability_bars(
        one.probabilities[0], key=f"{page}.card", true_label=int(one.labels[0]), class_names=found.class_names
    )
    _render_ways_on(found, row, page)


def render_enlarged(found: Evaluated, position: int, *, scale: int = ENLARGED) -> None:
    """The digit with square pixels."""
    images = found.images(np.array([position]))
    if images is None:
        st.caption("No picture")
        return
    st.image(np.kron(images[0], np.ones((scale, scale), np.uint8)), width=28 * scale)


def verdict(found: Evaluated, position: int) -> str:
    """Both labels in a sentence."""
    names = found.class_names
    true = escape_markdown(names[found.predictions.labels[position]])
    predicted = escape_markdown(names[int(found.predictions.probabilities[position].argmax())])
    if true == predicted:
        return f"**True {true}**, and predicted so"
    return f"**True {true}**, predicted **{predicted}**"


def figures(one) -> str:
    """Confidence, margin and loss of a single prediction."""
    return (
        f"Confidence {per_cent(float(one.confidence[0]))} · margin {per_cent(float(one.margin[0]))} · "
        f"loss {one.losses[0]:.2f}"
    )


def _render_ways_on(found: Evaluated, row: int, page: str) -> None:
    if not found.is_own:
        return  # a case file is about the data the run was trained on
    if page == "mistakes":
        st.button(
            "Open its case file",
            key="mistakes.open_case",
            icon=":material/folder_open:",
            on_click=_open_case,
            args=(row,),
        )
        return
    target = page_named("mistakes")
    if target is not None:
        here = {"run": found.run.run_id, "split": found.split, "image": str(row), "view": CASE_VIEW}
        st.page_link(target, label="Open its case file", icon=":material/folder_open:", query_params=here)


def _open_case(row: int) -> None:
    selection.mistakes_image, selection.mistakes_view = row, CASE_VIEW
