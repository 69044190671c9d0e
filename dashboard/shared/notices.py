"""Short messages about the result of a button. Callbacks leave them; the next rerun shows them.

A callback of a fragment must not draw anything itself: Streamlit would put it above the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.shared.settings.words import error_words
from dashboard.state.session import per_tab
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import MnistCoreError

MAX_WAITING = 3


def leave_notice(text: str, *, is_error: bool = False) -> None:
    """Show `text`, which is not Markdown, at the next rerun."""
    waiting = _waiting()
    waiting.append((text, is_error))
    del waiting[:-MAX_WAITING]


@contextmanager
def told_as_notice() -> Iterator[None]:
    """For callbacks: leave what goes wrong inside as a notice, and skip the rest of the block."""
    try:
        yield
    except (MnistCoreError, OSError) as error:
        leave_notice(error_words(error), is_error=True)


def show_notices() -> None:
    """Show the messages that were left, once."""
    waiting = _waiting()
    for text, is_error in waiting:
        st.toast(escape_markdown(text), icon=":material/error:" if is_error else ":material/info:")
    waiting.clear()


def _waiting() -> list[tuple[str, bool]]:
    return per_tab("notices", list)
