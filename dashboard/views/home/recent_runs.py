"""The newest runs, each with a link to its results or to its training."""

from __future__ import annotations

import streamlit as st

from dashboard.cached import run_store
from dashboard.navigation import page_named
from dashboard.shared.run_picker import run_label
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import RunRecord, RunStatus

N_SHOWN = 5


def render_recent_runs(limit: int = N_SHOWN) -> None:
    """The newest runs, one per line; a sentence if there are none."""
    st.subheader("Recent runs", anchor=False)
    store = run_store()
    runs = store.list()[:limit]
    for run in runs:
        _render_line(run)
    damaged = len(store.damaged())
    if damaged:
        runs_are = "1 damaged run is" if damaged == 1 else f"{damaged} damaged runs are"
        st.caption(f"{runs_are} not listed.")
    if not runs:
        st.container(key="home.no_runs").markdown("No runs yet.")


def _render_line(run: RunRecord) -> None:
    is_scored = run.status is RunStatus.COMPLETED
    page = (page_named("evaluate") if is_scored else None) or page_named("train")
    if page is None:
        st.markdown(escape_markdown(run_label(run)))
        return
    icon = ":material/check_circle:" if is_scored else ":material/model_training:"
    st.page_link(page, label=escape_markdown(run_label(run)), icon=icon, query_params={"run": run.run_id})
