"""What Streamlit keeps for one browser tab: widget values, the open page, and small objects."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

T = TypeVar("T")

BY_LINK = {"from": "link"}
"""What a link from a page to the same page has in its query, to be told from a click with the URL of before."""
BY_WHOLE_LINK = {"from": "whole-link"}
"""What a link has in its query that says everything about its page: what it does not name has its default there."""


def is_new_address(page: str) -> bool:
    """Whether the person has opened this address just now: another page, a link, or a step back in the browser."""
    is_link = _is_marked() and not st.session_state.get("tab.by_link", False)  # else a click before the answer
    return is_step_in_history() or is_link or st.session_state.get("tab.page") != page


def is_step_in_history() -> bool:
    """Whether the person has gone back or forward in the browser just now."""
    context = get_script_run_ctx()
    return context is not None and bool(context.is_history_navigation)


def is_whole_link() -> bool:
    """Whether the address is that of a link that says everything about its page."""
    return _has(BY_WHOLE_LINK)


def open_page() -> str | None:
    """Name of the page that is open; None before the first one."""
    name: str | None = st.session_state.get("tab.page")
    return name


def note_link() -> Collection[str]:
    """Note whether the address is that of a link to the open page; returns the parameters that say so."""
    st.session_state["tab.is_marked"] = _is_marked()
    return BY_LINK.keys()


def enter_page(page: str) -> None:
    """Note which page is open, after its address was read."""
    if st.session_state.get("tab.page") != page:
        st.session_state["tab.page"] = page
        st.session_state["tab.visits"] = visit() + 1
    st.session_state["tab.by_link"] = st.session_state.pop("tab.is_marked", False)


def is_link_followed() -> bool:
    """Whether this rerun shows the address of a link from the open page to itself, once it has been entered."""
    return bool(st.session_state.get("tab.by_link", False))


def page_address() -> str:
    """The address of the open page in the browser, without the query string."""
    return str(st.context.url or "").partition("?")[0]


def visit() -> int:
    """A number that changes whenever this tab opens another page, or this one again."""
    return int(st.session_state.get("tab.visits", 0))


def is_partial_rerun() -> bool:
    """Whether only a fragment of the page is drawn again, and not what stands around it."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def enter_view(view: str) -> None:
    """Note which view of the page is open."""
    st.session_state["tab.view"] = view


def open_view() -> tuple[int, str]:
    """Changes whenever this tab opens another page or view, or the page again."""
    return visit(), st.session_state.get("tab.view", "")


def widget_value(key: str) -> Any:
    """What the browser last sent for the widget or component `key`, or None. Untrusted: validate it before use."""
    return st.session_state.get(key)


def set_widget_value(key: str, value: Any) -> None:
    """Set the value of a widget; only before it is drawn in this rerun, or in a callback."""
    st.session_state[key] = value


def widget_key(
    name: str, value: Any, *, is_same: Callable[[Any, Any], bool] = operator.eq, words: str | None = None
) -> str:
    """The key for a widget that has to show `value`, its default: a new key once the browser shows something else.

    Setting the value of a widget that is on the page is a message, sent once. It is lost if the run that sends it is
    interrupted, or if the browser has not yet loaded the script of that kind of widget. The browser then keeps a value
    of its own, or none, and sends it with the next click anywhere, as if the person had chosen it: the page jumps. The
    default of a widget is part of every run instead, and counts for a widget that is new.

    Args:
        words: what a select box shows for `value`, if that can change while the value stays: the browser would go on
            showing the words of before, which it took as the value.
    """
    counter, shown = f"tab.widget.{name}", f"tab.words.{name}"
    number = int(st.session_state.get(counter, 0))
    key = _numbered(name, number)
    before, words_before = st.session_state.get(shown, (value, words))
    is_renamed = before == value and words_before != words
    if key in st.session_state and (is_renamed or not is_same(st.session_state[key], value)):
        st.session_state[counter] = number + 1
        key = _numbered(name, number + 1)
    if words is not None:
        st.session_state[shown] = (value, words)
    return key


def keep_pending(name: str, value: Any) -> None:
    """Keep what a click has sent until the page has dealt with it, or another page is opened."""
    st.session_state[f"tab.pending.{name}"] = (visit(), value)


def pending(name: str) -> Any:
    """What was kept under this name on the open page, or None."""
    visited, value = st.session_state.get(f"tab.pending.{name}", (None, None))
    return value if visited == visit() else None


def drop_pending(name: str) -> None:
    """The page has dealt with it."""
    st.session_state.pop(f"tab.pending.{name}", None)


def empty_upload(file: UploadedFile) -> None:
    """Free the content of an uploaded file: the browser goes on showing it as chosen, but it has no bytes any more.

    Streamlit would hold them until the tab is closed, and copy them at every rerun that draws the uploader.
    """
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        emptied = UploadedFileRec(file_id=file.file_id, name=file.name, type=file.type, data=b"")
        context.uploaded_file_mgr.add_file(context.session_id, emptied)
    file.seek(0)
    file.truncate()


def url_text(param: str) -> str | None:
    """The value of `param` in the URL, or None. Untrusted and of any length: for documents, which are validated."""
    return st.query_params.get(param)


def drop_url_text(param: str) -> None:
    """Drop `param` from the URL, if it is there."""
    if param in st.query_params:
        del st.query_params[param]


def per_tab(key: str, make: Callable[[], T]) -> T:
    """The object that this tab keeps under `key`, made at first use: for the state of a reader, not for data."""
    name = f"tab.{key}"
    if name not in st.session_state:
        st.session_state[name] = make()
    kept: T = st.session_state[name]
    return kept


def _is_marked() -> bool:
    return _has(BY_LINK) or _has(BY_WHOLE_LINK)


def _has(marks: Mapping[str, str]) -> bool:
    return all(st.query_params.get(name) == mark for name, mark in marks.items())


def _numbered(name: str, number: int) -> str:
    return f"{name}.{number}" if number else name
