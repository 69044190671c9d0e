"""Short messages about what a button did. Left by callbacks, shown when the page is drawn next.

A callback of a fragment may not draw anything itself: Streamlit would put it over the top of the page.
"""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import per_tab
from dashboard.widgets.markdown import escape_markdown

MAX_WAITING = 3


def leave_notice(text: str, *, is_error: bool = False) -> None:
    """Say `text`, which is never markup, when the page is drawn next."""
    waiting = _waiting()
    waiting.append((text, is_error))
    del waiting[:-MAX_WAITING]


def show_notices() -> None:
    """Show what was left, once."""
    waiting = _waiting()
    for text, is_error in waiting:
        st.toast(escape_markdown(text), icon=":material/error:" if is_error else ":material/info:")
    waiting.clear()


def _waiting() -> list[tuple[str, bool]]:
    return per_tab("notices", list)
