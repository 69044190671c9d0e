"""What Streamlit keeps for one browser tab: widget values, its place, small objects of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def enter_page(page: str) -> bool:
    """Note which page is open; True if the tab has just come to it."""
    if st.session_state.get("tab.page") == page:
        return False
    st.session_state["tab.page"] = page
    st.session_state["tab.visits"] = visit() + 1
    return True


def page_address() -> str:
    """The address of the open page as the browser has it, without what follows the `?`."""
    return str(st.context.url or "").partition("?")[0]


def visit() -> int:
    """A number that changes when this tab goes to another page, or comes back to this one."""
    return int(st.session_state.get("tab.visits", 0))


def widget_value(key: str) -> Any:
    """What the browser last sent for the widget or component `key`, or None. Check it before it is used as anything."""
    return st.session_state.get(key)


def set_widget_value(key: str, value: Any) -> None:
    """Give a widget a value; only before it is drawn in this rerun, or in a callback."""
    st.session_state[key] = value


def url_text(param: str) -> str | None:
    """What stands in the URL as `param`, of any length and content, or None. For documents, which check themselves."""
    return st.query_params.get(param)


def per_tab(key: str, make: Callable[[], T]) -> T:
    """The object this tab keeps under `key`, made at first use: for the position of a reader, not for data."""
    name = f"tab.{key}"
    if name not in st.session_state:
        st.session_state[name] = make()
    kept: T = st.session_state[name]
    return kept
