"""The gallery of the page Mistakes: digits page by page, with a button from the open one to its explanation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.gallery import Gallery, render_digit_gallery, render_gallery_with_panel
from dashboard.views.mistakes.choices import MistakesChoices, MistakesView, mistakes
from mnist_core.data.rows import Row
from mnist_core.evaluation.predictions import Position


def render_digits(
    found: Evaluated, positions: np.ndarray, *, render_open: Callable[[Evaluated, Position], None]
) -> None:
    """The digits at these positions, in that order, for a panel; `render_open` draws the open one."""
    render_digit_gallery(found, positions, gallery=GALLERY, render_open=render_open)


def render_digits_with_panel(found: Evaluated, positions: np.ndarray) -> None:
    """The same as a view of its own, with the open digit in a panel beside them."""
    render_gallery_with_panel(found, positions, gallery=GALLERY)


def _render_explain_button(found: Evaluated, row: Row) -> None:
    st.button("Explain", key="mistakes.open_case", icon=":material/troubleshoot:", on_click=_explain)


def _explain() -> None:
    mistakes.view = MistakesView.EXPLAIN


GALLERY = Gallery(name="mistakes", page=MistakesChoices.page, render_ways_on=_render_explain_button)
