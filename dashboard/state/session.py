"""What Streamlit keeps for one browser tab: widget values, the open page, and small objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def enter_page(page: str) -> bool:
    """Note which page is open; True if the tab has just opened it."""
    if st.session_state.get("tab.page") == page:
        return False
    st.session_state["tab.page"] = page
    st.session_state["tab.visits"] = visit() + 1
    return True


def page_address() -> str:
    """The address of the open page in the browser, without the query string."""
    return str(st.context.url or "").partition("?")[0]


def visit() -> int:
    """A number that changes whenever this tab opens another page, or this one again."""
    return int(st.session_state.get("tab.visits", 0))


def widget_value(key: str) -> Any:
    """What the browser last sent for the widget or component `key`, or None. Untrusted: validate it before use."""
    return st.session_state.get(key)


def set_widget_value(key: str, value: Any) -> None:
    """Set the value of a widget; only before it is drawn in this rerun, or in a callback."""
    st.session_state[key] = value


def url_text(param: str) -> str | None:
    """The value of `param` in the URL, or None. Untrusted and of any length: for documents, which are validated."""
    return st.query_params.get(param)


def per_tab(key: str, make: Callable[[], T]) -> T:
    """The object that this tab keeps under `key`, made at first use: for the state of a reader, not for data."""
    name = f"tab.{key}"
    if name not in st.session_state:
        st.session_state[name] = make()
    kept: T = st.session_state[name]
    return kept
