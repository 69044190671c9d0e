"""Short messages about the result of a button. Callbacks leave them; the next rerun shows them.

A callback of a fragment must not draw anything itself: Streamlit would put it above the page.
"""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import per_tab
from dashboard.widgets.markdown import escape_markdown

MAX_WAITING = 3


def leave_notice(text: str, *, is_error: bool = False) -> None:
    """Show `text`, which is not Markdown, at the next rerun."""
    waiting = _waiting()
    waiting.append((text, is_error))
    del waiting[:-MAX_WAITING]


def show_notices() -> None:
    """Show the messages that were left, once."""
    waiting = _waiting()
    for text, is_error in waiting:
        st.toast(escape_markdown(text), icon=":material/error:" if is_error else ":material/info:")
    waiting.clear()


def _waiting() -> list[tuple[str, bool]]:
    return per_tab("notices", list)
