"""Digits of a selection page by page, with what the run said of each; one of them can be opened beside them."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.digit_card import render_digit_card
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.linked_choice import take
from dashboard.shared.selection_export import render_export_box
from dashboard.state.selection import selection
from dashboard.state.session import set_widget_value, widget_value
from dashboard.widgets.digit_grid import digit_grid
from mnist_core.evaluation.predictions import Predictions

PAGE_SIZE = 120
FEW = 52  # four rows beside a card
GRID_HEIGHT = 440


def render_digit_gallery(
    found: Evaluated, positions: np.ndarray, *, page: str, page_size: int = PAGE_SIZE, cell: int = 42
) -> None:
    """A grid of the digits at `positions` of the predictions, in that order, and the open one beside it.

    What is open and which page of the grid is shown are `<page>_image` and `<page>_page` of the selection.
    """
    n_pages = max(1, math.ceil(len(positions) / page_size))
    number = min(getattr(selection, f"{page}_page") or 1, n_pages)
    shown = positions[(number - 1) * page_size : number * page_size]
    opened = found.position_of(getattr(selection, f"{page}_image"))
    grid, card = st.columns([3, 2], gap="large")
    with grid:
        if n_pages > 1:
            _render_pages(f"{page}.page.{_token(found.predictions.index[positions])}", page, n_pages, number)
        # Scrolls in itself, so that the open digit stays in sight beside it, and on a phone right below it.
        with st.container(height=GRID_HEIGHT if len(shown) > FEW else "content", border=False):
            picked = _render_grid(found, shown, opened, page=page, cell=cell)
        if page == "evaluate" and len(positions):  # Mistakes has a view of its own for it
            render_export_box(found, positions, name="evaluate.export")
    if picked is not None:
        opened = int(shown[picked])
        setattr(selection, f"{page}_image", int(found.predictions.index[opened]))
    with card:
        if opened is not None:
            if opened not in positions:
                st.caption("This digit is open, but not among those on the left.")
            render_digit_card(found, opened, page=page)
        elif len(positions):
            st.caption(
                "Click a digit to see what the network made of it. Arrow keys move between digits, Enter opens one."
            )


def render_no_digits(text: str) -> None:
    """That a selection is empty."""
    st.info(text, icon=":material/search_off:")


def _render_pages(key: str, page: str, n_pages: int, number: int) -> None:
    # One widget for each selection: the pages of another one are not the same pages.
    if widget_value(key) not in (None, number):
        set_widget_value(key, number)
    st.pagination(n_pages, default=number, key=key, max_visible_pages=5, on_change=_turn_page, args=(key, page))


def _turn_page(key: str, page: str) -> None:
    take(f"{page}_page", widget_value(key), 1)


def _render_grid(found: Evaluated, shown: np.ndarray, opened: int | None, *, page: str, cell: int) -> int | None:
    part = found.predictions.take(shown)
    images = found.images(shown)
    if images is None:
        _render_table(part)
        return None
    names = found.class_names
    pairs = [(names[true], names[predicted]) for true, predicted in zip(part.labels, part.predicted, strict=True)]
    where = np.flatnonzero(shown == (-1 if opened is None else opened))
    return digit_grid(
        images,
        [_caption(*pair, confidence) for pair, confidence in zip(pairs, part.confidence, strict=True)],
        # Another key for other digits: a click on a grid that was just replaced must not open what stands there now.
        key=f"{page}.digits.{_token(part.index)}",
        label="Digits of the selection",
        ids=part.index,
        show_captions=True,
        notes=[
            f"{found.split} digit {row}: true {true}, predicted {predicted} with {confidence:.1%}"
            for row, (true, predicted), confidence in zip(part.index, pairs, part.confidence, strict=True)
        ],
        marks=(~part.correct).tolist(),
        selected=int(where[0]) if len(where) else None,
        cell=cell,
    )


def _caption(true: str, predicted: str, confidence: float) -> str:
    """Two lines below a digit: what it is and was read as, and how surely."""
    return f"{true if true == predicted else f'{true}→{predicted}'}\n{confidence:.0%}"


def _token(rows: np.ndarray) -> str:
    return hashlib.blake2b(rows.tobytes(), digest_size=6).hexdigest()


def _render_table(part: Predictions) -> None:
    """The same without pictures."""
    table = pd.DataFrame(
        {
            "Row": part.index,
            "True": part.labels,
            "Predicted": part.predicted,
            "Confidence": 100 * part.confidence.astype(float),
            "Loss": part.losses.astype(float),
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Confidence": st.column_config.NumberColumn(format="%.1f %%"),
            "Loss": st.column_config.NumberColumn(format="%.3f"),
        },
    )
