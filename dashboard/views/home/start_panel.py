"""Where a person goes on: the first training, the one that is running, or the run that ended last."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from mnist_core.data.dataset import Dataset
from mnist_core.runs.query import RunQuery
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import ACTIVE

NEWEST = RunQuery(limit=1)
MOST_ALIVE = (RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.QUEUED)


def render_start_panel(dataset: Dataset) -> None:
    """One of the three, whichever applies. The run is found on disk, so any tab and any later visit shows the same.

    Only what is shown is imported: this is the first page that a server draws.
    """
    store = cached.run_store()
    active, newest = active_run(store.list(ACTIVE)), next(store.find(NEWEST), None)
    with st.container(key="home.start_panel", gap="xsmall"):
        if active is not None:
            from dashboard.views.home.training import render_training

            render_training(active)
        elif newest is not None:
            from dashboard.views.home.last_run import render_last_run

            render_last_run(newest)
        else:
            from dashboard.views.home.first_network import render_first_network

            render_first_network(dataset)


def active_run(runs: tuple[RunRecord, ...]) -> RunRecord | None:
    """The run to watch: one that trains before one that is paused, before the next in the queue; None if all ended."""
    found = [run for status in MOST_ALIVE for run in reversed(runs) if run.status is status]
    return found[0] if found else None
