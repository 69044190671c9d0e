"""What the bar says about a link that names no run."""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import drop_pending, keep_pending, pending
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import readable

PENDING = "context.no_run"
MAX_SHOWN = 40


def note_no_run(text: str | None) -> None:
    """Note what the address that was just opened has in place of the id of a run; None if it has one, or nothing."""
    if text is None:
        drop_pending(PENDING)
    else:
        keep_pending(PENDING, (text, None))


def show_no_run(shown: str | None) -> None:
    """Say so as long as the run stays that is shown in its place.

    Args:
        shown: the id of that run, if there is one.
    """
    text, before = pending(PENDING) or (None, None)
    if text is None or before not in (None, shown):
        drop_pending(PENDING)
        return
    keep_pending(PENDING, (text, shown))
    instead = "" if shown is None else " Another one is shown."
    name = escape_markdown(readable(text, MAX_SHOWN) or "of this name") + ("…" if len(text) > MAX_SHOWN else "")
    st.warning(f"There is no run {name} on this machine.{instead}")
