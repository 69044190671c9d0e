"""A paged grid of digits with their predictions; one of them can be opened beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.digit_card import render_digit_card
from dashboard.shared.digit_list import DigitList, Place, digest_of
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.selection_export import render_export_box
from dashboard.shared.share_columns import with_shares
from dashboard.state.url_values import UrlValue
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.pager import pager
from mnist_core.data.rows import Row
from mnist_core.evaluation.predictions import Predictions
from mnist_core.shares import shown_probability

PAGE_SIZE = 120
FEW = 52  # four rows beside a card
GRID_HEIGHT = 440


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
    found: Evaluated, positions: np.ndarray, *, gallery: Gallery, page_size: int = PAGE_SIZE, cell: int = 42
) -> None:
    """A grid of the digits at `positions` of the predictions, in that order, and the open one beside it."""
    digits = DigitList(positions)
    n_pages = digits.n_pages(page_size)
    number = min(gallery.page.get(), n_pages)
    shown = digits.page(number, page_size)
    grid, card = st.columns([3, 2], gap="large")
    with grid:
        pager(
            n_pages,
            number=number,
            key=f"{gallery.name}.page",
            of=digest_of(found.predictions.index[positions]),
            on_turn=gallery.page.choose_sent,
        )
        # It scrolls by itself, so that the open digit stays visible beside it, and on a phone right below it.
        with st.container(height=GRID_HEIGHT if len(shown) > FEW else "content", border=False):
            picked = _render_grid(found, shown, gallery, cell=cell)
        if gallery.has_export and len(digits):
            render_export_box(found, positions, name=f"{gallery.name}.export")
    if picked is not None:
        found.open(shown.position_at(picked))
    with card:
        _render_card(found, digits, gallery)


def _render_card(found: Evaluated, digits: DigitList, gallery: Gallery) -> None:
    opened = found.opened
    if digits.place_of(opened) is not None:
        assert opened is not None
        render_digit_card(found, opened, key=f"{gallery.name}.card", render_ways_on=gallery.render_ways_on)
    elif len(digits):
        st.caption("Click a digit to see its prediction. Arrow keys move between digits, Enter opens one.")


def render_no_digits(text: str) -> None:
    """A message that there are no digits to show."""
    st.info(text, icon=":material/search_off:")


def _render_grid(found: Evaluated, shown: DigitList, gallery: Gallery, *, cell: int) -> Place | None:
    part = found.predictions.take(shown.positions)
    images = found.images(shown.positions)
    if images is None:
        _render_table(part)
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
        selected=shown.place_of(found.opened),
        cell=cell,
    )
    return None if picked is None else Place(picked)


def _caption(true: str, predicted: str, confidence: float) -> str:
    """Two lines below a digit: its true and, if it is wrong, its predicted label; its confidence."""
    return f"{true if true == predicted else f'{true}→{predicted}'}\n{shown_probability(confidence)}"


def _render_table(part: Predictions) -> None:
    """The same as a table, without images."""
    table = pd.DataFrame(
        {
            "Row": part.index,
            "True label": part.labels,
            "Predicted label": part.predicted,
            "Confidence": part.confidence.astype(float),
            "Loss": part.losses.astype(float),
        }
    )
    st.dataframe(
        with_shares(table, {"Confidence": shown_probability, "Loss": "{:.3f}".format}),
        hide_index=True,
    )
