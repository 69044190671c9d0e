"""The gallery of the page Mistakes: digits page by page, with a button from the open one to its explanation."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.shared.digit_gallery import Gallery, render_digit_gallery
from dashboard.shared.evaluated import Evaluated
from dashboard.views.mistakes.choices import MistakesChoices, MistakesView, mistakes
from mnist_core.data.rows import Row


def render_digits(found: Evaluated, positions: np.ndarray) -> None:
    """The digits at these positions of the predictions, in that order."""
    render_digit_gallery(found, positions, gallery=GALLERY)


def _render_explain_button(found: Evaluated, row: Row) -> None:
    st.button("Explain", key="mistakes.open_case", icon=":material/troubleshoot:", on_click=_explain)


def _explain() -> None:
    mistakes.view = MistakesView.EXPLAIN


GALLERY = Gallery(name="mistakes", page=MistakesChoices.page, render_ways_on=_render_explain_button)
