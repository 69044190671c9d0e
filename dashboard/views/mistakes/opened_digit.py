"""The digit that Explain and Edit show, with buttons to the previous and the next one of the gallery."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.context.digit import digit_words
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.card import verdict
from dashboard.shared.digits.digit_list import DigitList, Place
from dashboard.state.current import current
from dashboard.views.mistakes.filters import filter_words, filtered_positions
from mnist_core.evaluation.predictions import Position

STEPS = {"Previous": ("K", ":material/arrow_back:"), "Next": ("J", ":material/arrow_forward:")}


def render_opened_digit(found: Evaluated) -> Position | None:
    """Name of the open digit with buttons to walk through the gallery's selection; its position, or None.

    Without an open digit, or one that this split does not have, the first of the selection is opened.
    """
    digits = DigitList(filtered_positions(found))
    opened = found.opened
    if opened is None:
        if current.image is not None:
            words = digit_words(current.image).capitalize()
            st.info(f"{words} is not among these {found.words}.", icon=":material/search_off:")
        if len(digits) == 0:
            st.info("The gallery is empty. Change its filters to show a digit.", icon=":material/search_off:")
            return None
        opened = digits.position_at(Place(0))
        if current.image is None:
            found.open(opened)
    _render_bar(found, digits, opened)
    with st.container(horizontal=True, gap="xsmall"):
        st.caption(f"Gallery: {filter_words(found, len(digits))}.", width="content")
        with st.container(width="content", key="mistakes.keys_hint"):
            st.caption("Press J for the next one, K for the previous one.")
    return opened


def _render_bar(found: Evaluated, digits: DigitList, opened: Position) -> None:
    place = digits.place_of(opened)
    with st.container(horizontal=True, vertical_alignment="center", key="mistakes.opened_digit"):
        _render_step(found, digits, place, "Previous", -1)
        _render_step(found, digits, place, "Next", +1)
        of = f"{place + 1:,} of {len(digits):,}" if place is not None else f"not among the {len(digits):,}"
        row = found.predictions.row_at(opened)
        st.markdown(f"{verdict(found, opened)} · {found.split} digit {row} · {of} in the gallery")


def _render_step(found: Evaluated, digits: DigitList, place: Place | None, name: str, step: int) -> None:
    """A button to the digit before or after; its key presses it."""
    key, icon = STEPS[name]
    st.button(
        name,
        key=f"mistakes.{name.lower()}",
        icon=icon,
        shortcut=key,
        disabled=_target(digits, place, step) is None,
        on_click=_walk,
        args=(found, digits, step, place),
    )


def _walk(found: Evaluated, digits: DigitList, step: int, shown: Place | None) -> None:
    """One step from the digit that is open by now, so that two quick presses are two steps; else from that shown."""
    place = shown if found.opened is None else digits.place_of(found.opened)
    target = _target(digits, place, step)
    if target is not None:
        found.open(digits.position_at(target))


def _target(digits: DigitList, place: Place | None, step: int) -> Place | None:
    """The place in the selection that a step leads to; from a digit outside of it, the first."""
    target = place + step if place is not None else 0
    return Place(target) if 0 <= target < len(digits) else None
