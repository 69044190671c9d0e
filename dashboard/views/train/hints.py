"""Hints on a run's settings, each with the numbers it was read from and a link to a design with the change."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.widgets.markdown import escape_markdown
from mnist_core.designs.links import config_to_link
from mnist_core.hints.hint import Hint
from mnist_core.runs.record import RunRecord


def render_run_hints(run: RunRecord) -> None:
    """Hints for a run that has ended; nothing if there are none. A hint without a change has no link."""
    if run.status.is_active:
        return
    found = cached.hints(run.run_id)
    if not found:
        return
    title = f"{len(found)} {'hint' if len(found) == 1 else 'hints'} from the curves"
    with st.expander(title, icon=":material/lightbulb:", expanded=True, key="train.hints"):
        for hint in found:
            _render_hint(run, hint)


def _render_hint(run: RunRecord, hint: Hint) -> None:
    words, action = st.columns([4, 1], vertical_alignment="center")
    where = f"See [the {hint.chart} curve](#{hint.chart})."
    words.markdown(
        f"**{escape_markdown(hint.title)}.** {escape_markdown(hint.evidence)} {where}  \n{escape_markdown(hint.advice)}"
    )
    page = page_named("design")
    if page is not None and hint.changes:
        action.page_link(
            page,
            label="Open with this change",
            icon=":material/edit:",
            query_params={"design": config_to_link(hint.applied(run.config_in_force))},
            help="Open a design with these settings and this change. This run stays unchanged.",
        )
