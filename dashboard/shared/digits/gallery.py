"""A paged grid of digits with their predictions, and one of them opened: above the grid, or in a panel beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.context.digit import close_digit
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.digits.card import render_digit_card
from dashboard.shared.digits.digit_list import DigitList, Place, digest_of
from dashboard.shared.digits.export import predicted_digits, render_export_box
from dashboard.shared.share_columns import with_shares
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.url_values import UrlValue
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.pager import pager
from mnist_core.data.rows import Row
from mnist_core.evaluation.predictions import Position, Predictions
from mnist_core.shares import shown_probability

PAGE_SIZE = 120
CELL = 42


@dataclass(frozen=True, kw_only=True, slots=True)
class Gallery:
    """What differs between the galleries of the pages.

    Attributes:
        name: prefix of the widgets' keys.
        page: which page of the grid is shown.
        render_ways_on: draws links or buttons for the open digit.
        has_export: whether the digits can be exported below the grid.
    """

    name: str
    page: UrlValue[int]
    render_ways_on: Callable[[Evaluated, Row], None]
    has_export: bool = False


def render_digit_gallery(
    found: Evaluated,
    positions: np.ndarray,
    *,
    gallery: Gallery,
    render_open: Callable[[Evaluated, Position], None] | None = None,
) -> None:
    """For a panel: a grid of the digits at `positions` of the predictions, in that order, and the open one above it.

    Until one of them is opened it is the first, so that no digit of the grid moves when one is.

    Args:
        render_open: draws the open digit, always as high; the card of a digit if left out.
    """
    digits = DigitList(positions)
    if not len(digits):
        return
    card = st.container(key=f"{gallery.name}.panel_top")
    shown = digits.page(_page_number(digits, gallery), PAGE_SIZE)
    _render_list(found, digits, shown, gallery, opened=_opened_among(found, digits, shown, gallery))
    opened = _opened_among(found, digits, shown, gallery)  # a click has changed it
    with card:
        if render_open is None:
            render_digit_card(found, opened, key=f"{gallery.name}.card", render_ways_on=gallery.render_ways_on)
        else:
            render_open(found, opened)


def render_gallery_with_panel(found: Evaluated, positions: np.ndarray, *, gallery: Gallery) -> None:
    """The same grid as the view itself, with the open digit in a panel beside it."""
    digits = DigitList(positions)
    grid, answer = question_and_answer()
    with grid:
        opened = found.opened
        shown = digits.page(_page_number(digits, gallery), PAGE_SIZE)
        _render_list(found, digits, shown, gallery, opened=opened)
    opened = found.opened
    title = "" if opened is None else f"{found.split.capitalize()} image {found.predictions.row_at(opened)}"
    with answer_panel(answer, name=gallery.name, title=title, is_open=opened is not None, on_close=close_digit):
        _render_open_digit(found, digits, opened, gallery)


def _page_number(digits: DigitList, gallery: Gallery) -> int:
    return min(gallery.page.get(), digits.n_pages(PAGE_SIZE))


def _opened_among(found: Evaluated, digits: DigitList, shown: DigitList, gallery: Gallery) -> Position:
    """The open digit if it is one of these, else the first that is shown."""
    opened = found.opened
    is_one = opened is not None and digits.place_of(opened) is not None
    return opened if opened is not None and is_one else shown.position_at(Place(0))


def _render_list(
    found: Evaluated, digits: DigitList, shown: DigitList, gallery: Gallery, *, opened: Position | None
) -> None:
    """The grid between the buttons for its pages and the export; opens the digit that was clicked."""
    pager(
        digits.n_pages(PAGE_SIZE),
        number=_page_number(digits, gallery),
        key=f"{gallery.name}.page",
        of=digest_of(found.predictions.index[digits.positions]),
        on_turn=gallery.page.choose_sent,
    )
    picked = _render_grid(found, shown, gallery, opened=opened)
    if picked is not None:  # at once: what is drawn in between could be interrupted, and the click lost
        found.open(shown.position_at(picked))
    if gallery.has_export and len(digits):
        render_export_box(predicted_digits(found, digits.positions), name=f"{gallery.name}.export")


def _render_open_digit(found: Evaluated, digits: DigitList, opened: Position | None, gallery: Gallery) -> None:
    if opened is None:
        if len(digits):
            st.caption("Click a digit to see its prediction. Arrow keys move between digits, Enter opens one.")
        return
    if digits.place_of(opened) is None:
        st.caption("This digit is not among those on the left.")
    render_digit_card(found, opened, key=f"{gallery.name}.card", render_ways_on=gallery.render_ways_on)


def render_no_digits(text: str) -> None:
    """A message that there are no digits to show."""
    st.info(text, icon=":material/search_off:")


def _render_grid(found: Evaluated, shown: DigitList, gallery: Gallery, *, opened: Position | None) -> Place | None:
    part = found.predictions.take(shown.positions)
    images = found.images(shown.positions)
    if images is None:
        _render_table(part, found.class_names)
        return None
    names = found.class_names
    pairs = [(names[true], names[predicted]) for true, predicted in zip(part.labels, part.predicted, strict=True)]
    picked = digit_grid(
        images,
        [_caption(*pair, confidence) for pair, confidence in zip(pairs, part.confidence, strict=True)],
        # A different key for different digits: a click on a grid that has just been replaced must not open a digit.
        key=f"{gallery.name}.digits.{digest_of(part.index)}",
        label="Digits of the selection",
        ids=part.index,
        show_captions=True,
        notes=[
            f"{found.split.capitalize()} image {row}: true label {true}, predicted label {predicted}, "
            f"confidence {shown_probability(confidence)}"
            for row, (true, predicted), confidence in zip(part.index, pairs, part.confidence, strict=True)
        ],
        marks=(~part.correct).tolist(),
        selected=shown.place_of(opened),
        cell=CELL,
    )
    return None if picked is None else Place(picked)


def _caption(true: str, predicted: str, confidence: float) -> str:
    """Two lines below a digit: its true and, if it is wrong, its predicted label; its confidence."""
    return f"{true if true == predicted else f'{true}→{predicted}'}\n{shown_probability(confidence)}"


def _render_table(part: Predictions, names: Sequence[str]) -> None:
    """The same as a table, without images."""
    table = pd.DataFrame(
        {
            "Row": part.index,
            "True label": [names[label] for label in part.labels],
            "Predicted label": [names[label] for label in part.predicted],
            "Confidence": part.confidence.astype(float),
            "Loss": part.losses.astype(float),
        }
    )
    st.dataframe(
        with_shares(table, {"Confidence": shown_probability, "Loss": "{:.3f}".format}),
        hide_index=True,
    )
