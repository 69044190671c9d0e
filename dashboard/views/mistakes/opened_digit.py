"""The digit that the views of the Mistakes page are about: which one, and the way to the one before and after it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.shared.digit_card import verdict
from dashboard.shared.evaluated import Evaluated
from dashboard.state.selection import selection
from dashboard.views.mistakes.filters import filter_words, filtered_positions

STEPS = {"Previous": ("K", ":material/arrow_back:"), "Next": ("J", ":material/arrow_forward:")}


def render_opened_digit(found: Evaluated) -> int | None:
    """Name of the open digit with buttons to walk through the gallery's selection; its position, or None.

    Without an open digit, or one that this split does not have, the first of the selection is opened.
    """
    positions = filtered_positions(found)
    opened = found.position_of(selection.mistakes_image)
    if opened is None:
        if selection.mistakes_image is not None:
            st.info(f"Row {selection.mistakes_image} is not among these {found.words}.", icon=":material/search_off:")
        if len(positions) == 0:
            st.info("Nothing is selected in the gallery, so there is no digit to show.", icon=":material/search_off:")
            return None
        opened = int(positions[0])
        _open(found, opened)
    place = _place(positions, opened)
    with st.container(horizontal=True, vertical_alignment="center", key="mistakes.opened_digit"):
        _render_step(found, positions, place, "Previous", -1)
        _render_step(found, positions, place, "Next", +1)
        of = f"{place + 1:,} of {len(positions):,}" if place is not None else f"not among the {len(positions):,}"
        row = int(found.predictions.index[opened])
        st.markdown(f"{verdict(found, opened)} · {found.split} digit {row} · {of} in the gallery")
    st.caption(f"In the gallery: {filter_words(found, len(positions))}. The keys J and K walk through it.")
    return opened


def _open(found: Evaluated, position: int) -> None:
    selection.mistakes_image = int(found.predictions.index[position])


def _render_step(found: Evaluated, positions: np.ndarray, place: int | None, name: str, step: int) -> None:
    """A button to the digit before or after; its key presses it."""
    key, icon = STEPS[name]
    st.button(
        name,
        key=f"mistakes.{name.lower()}",
        icon=icon,
        shortcut=key,
        disabled=_target(positions, place, step) is None,
        on_click=_walk,
        args=(found, positions, step),
    )


def _walk(found: Evaluated, positions: np.ndarray, step: int) -> None:
    """From the digit that is open by now: two quick presses are two steps."""
    target = _target(positions, _place(positions, found.position_of(selection.mistakes_image)), step)
    if target is not None:
        _open(found, int(positions[target]))


def _place(positions: np.ndarray, opened: int | None) -> int | None:
    where = np.flatnonzero(positions == (-1 if opened is None else opened))
    return int(where[0]) if len(where) else None


def _target(positions: np.ndarray, place: int | None, step: int) -> int | None:
    """The place in the selection that a step leads to; from a digit outside of it, the first."""
    target = place + step if place is not None else 0
    return target if 0 <= target < len(positions) else None
