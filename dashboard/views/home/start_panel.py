"""Where a person goes on: the first training, or the run in the bar, which may be training or have ended."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.runs.change import begin_with
from dashboard.shared.runs.status import STATUS_BADGES
from dashboard.state.current import current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import ACTIVE

MOST_ALIVE = (RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.QUEUED)


def choose_run() -> None:
    """Without a run chosen by a link or on another page: the one that trains, else the newest one.

    Runs are found on disk, so any tab and any later visit begins with the same one.
    """
    if current.run is None:
        run = run_to_begin_with()
        begin_with(None if run is None else run.run_id)


def run_to_begin_with() -> RunRecord | None:
    """The run that trains, else the newest one that is not archived; None if there is neither.

    A trial of a search only if there is nothing else: the last one of a search is mostly not the best.
    """
    if (active := active_run(cached.run_store().list(ACTIVE))) is not None:
        return active
    trial: RunRecord | None = None
    for run in cached.newest_runs():
        if not run.is_trial:
            return run
        trial = trial or run
    return trial


def render_start_panel(dataset: Dataset, run: RunRecord | None) -> None:
    """The run of the bar, or the way to the first one.

    Only what is shown is imported: this is the first page that a server draws.
    """
    with st.container(key="home.start_panel", gap="xsmall"):
        if run is None and current.run is None:
            from dashboard.views.home.first_network import render_first_network

            render_first_network(dataset)
            return
        _render_other_training(run)
        if run is None:
            return  # the bar says so
        if run.status.is_active:
            from dashboard.views.home.training import render_training

            render_training(run)
        else:
            from dashboard.views.home.last_run import render_last_run

            render_last_run(run)


def active_run(runs: tuple[RunRecord, ...]) -> RunRecord | None:
    """The run to watch: one that trains before one that is paused, before the next in the queue; None if all ended."""
    found = [run for status in MOST_ALIVE for run in reversed(runs) if run.status is status]
    return found[0] if found else None


def _render_other_training(shown: RunRecord | None) -> None:
    """A way to the run that trains, where another one is shown."""
    active = active_run(cached.run_store().list(ACTIVE))
    if active is None or (shown is not None and (shown.status.is_active or shown.run_id == active.run_id)):
        return
    words, icon, _ = STATUS_BADGES[active.status]
    st.button(
        f"{words}: {escape_markdown(active.title)}",
        key="home.other_training",
        icon=icon,
        help="Show this run here.",
        on_click=_show,
        args=(active.run_id,),
    )


def _show(run_id: str) -> None:
    current.run = run_id
