"""Buttons for the pages of a long list."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.state.session import widget_key, widget_value


def pager(
    n_pages: int, *, number: int, key: str, of: str, on_turn: Callable[[int], None], max_visible_pages: int = 5
) -> None:
    """Show the pages 1 to `n_pages` with `number` as the open one; nothing if there is only one.

    The caller decides at every rerun which page is open: it may be in a link, or follow from something else.

    Args:
        key: "<page>.<field>".
        of: identifies the list, such as a digest of its rows. Another list is another widget, so that a late click on
            the list before does nothing.
        on_turn: called before the next rerun with the page that was asked for, from 1 to `n_pages`.
        max_visible_pages: how many page numbers are shown at most.
    """
    if n_pages <= 1:
        return
    key = widget_key(f"{key}.{of}", number)  # another one where another page was opened elsewhere
    st.pagination(
        n_pages,
        default=number,
        key=key,
        max_visible_pages=max_visible_pages,
        on_change=_turn,
        args=(key, n_pages, on_turn),
    )


def _turn(key: str, n_pages: int, on_turn: Callable[[int], None]) -> None:
    number = widget_value(key)
    if isinstance(number, int) and 1 <= number <= n_pages:
        on_turn(number)
