"""The misclassified digits, page by page."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.gallery import render_no_digits
from dashboard.shared.measures import evaluated_measures_if_known, render_measuring
from dashboard.views.mistakes.digits import render_digits_with_panel
from dashboard.views.mistakes.filters import filter_words, filtered_positions, needs_measures, render_filters


def render_gallery(found: Evaluated) -> None:
    """Filters, how many digits match them, and the digits."""
    render_filters(found)
    if _is_waiting(found):
        return
    positions = filtered_positions(found)
    with st.container(key="mistakes.shown"):
        st.subheader(filter_words(found, len(positions)), anchor=False)
    if len(positions) == 0:
        render_no_digits(
            "All of these digits are correct."
            if found.predictions.correct.all()
            else "No digit matches these filters. Remove one of them."
        )
    render_digits_with_panel(found, positions)


def _is_waiting(found: Evaluated) -> bool:
    """Whether the digits and their order are not known yet; then the progress is shown instead of them."""
    if found.dataset is None or not needs_measures() or evaluated_measures_if_known(found) is not None:
        return False
    return render_measuring(found.dataset, name="mistakes.sorting")
