"""The cluster that trains: its workers, and what each does. Nothing at all without a cluster."""

from __future__ import annotations

import contextlib

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.errors import explain_errors
from dashboard.state.session import BY_LINK
from dashboard.widgets.keyed_style import keyed_style
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import MnistCoreError
from mnist_core.jobs.cluster.state import ClusterState, ClusterWorker
from mnist_core.jobs.executors import chosen_cluster
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.words import counted

PANEL = "train.cluster"
TICK_SECONDS = 3.0
MAX_TITLE = 30
"""Characters of the title of a run that fit beside the name of its cluster worker."""
N_SHOWN = 12
"""Cluster workers that are listed; of a large cluster, those that are busy or unfit come first."""


def render_cluster() -> None:
    """The workers of the cluster, updated while the page is open."""
    if chosen_cluster() is not None:
        st.fragment(explain_errors()(_render_now), run_every=TICK_SECONDS)()


def _render_now() -> None:
    cluster = chosen_cluster()
    if cluster is None:
        return
    state = cluster.state()
    # As in the list of recent runs: every link leads to another run, none to the open page.
    keyed_style(PANEL, "a", "background-color: transparent")
    keyed_style(PANEL, "a:hover", "text-decoration: underline")
    keyed_style(PANEL, "a *", "font-weight: normal")
    with st.container(key=PANEL, gap="small"):
        st.subheader("Cluster", anchor=False)
        if state.problem:
            st.warning(
                f"{escape_markdown(state.problem)} Until it can be used, queued runs train on this machine.",
                icon=":material/cloud_off:",
            )
        elif not state.is_connected:
            st.caption(f"Connecting to {escape_markdown(state.where)}")
        else:
            _render_workers(state)


def _render_workers(state: ClusterState) -> None:
    busy = sum(_is_training(_run(run_id)) for worker in state.workers for run_id in worker.run_ids)
    st.caption(
        f"{counted(len(state.workers), 'cluster worker')}, {busy} of {counted(state.places, 'place')} in use. "
        "A place is room for one run."
    )
    ordered = sorted(state.workers, key=lambda worker: (not worker.problem, not worker.run_ids))
    for worker in ordered[:N_SHOWN]:
        _render_worker(worker)
    if len(ordered) > N_SHOWN:
        st.caption(f"{len(ordered) - N_SHOWN} more workers")
    for worker in state.lost:
        _render_lost(worker, state)


def _render_worker(worker: ClusterWorker) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(escape_markdown(worker.name.removeprefix(f"{worker.address.partition(':')[0]}://")), color="gray")
        if worker.problem:
            st.markdown(f":material/warning: gets no runs: {escape_markdown(worker.problem)}", width="content")
        elif not worker.run_ids:
            st.markdown("idle" if worker.places else "not ready", width="content")
        for run_id in worker.run_ids:
            _render_run(run_id)


def _render_run(run_id: str) -> None:
    run, page = _run(run_id), page_named("train")
    if run is None or page is None:
        st.markdown(escape_markdown(run_id), width="content")
        return
    name = run.title if len(run.title) <= MAX_TITLE else f"{run.title[: MAX_TITLE - 1]}…"
    done = f"{run.summary.epochs_done} of {run.epochs} epochs" if _is_training(run) else "waits"
    st.page_link(page, label=escape_markdown(f"{name} · {done}"), query_params={"run": run_id, **BY_LINK})


def _render_lost(worker: ClusterWorker, state: ClusterState) -> None:
    for run_id in worker.run_ids:
        run = _run(run_id)
        if run is not None:
            st.caption(
                f":material/power_off: Cluster worker {escape_markdown(worker.name)} was lost. "
                f"Its run {escape_markdown(run.title)} {escape_markdown(_what_became_of(run, state))}."
            )


def _what_became_of(run: RunRecord, state: ClusterState) -> str:
    """The end of a sentence on a run whose cluster worker was lost."""
    where = next((other.name for other in state.workers if run.run_id in other.run_ids), "")
    if where and _is_training(run):
        return f"was resumed on {where}"
    if run.status is RunStatus.QUEUED:
        return "waits for a free place"
    return f"is {run.status}"


def _is_training(run: RunRecord | None) -> bool:
    """Whether a run that a cluster worker has been given keeps a place busy, rather than waits for it there."""
    return run is not None and run.status in (RunStatus.RUNNING, RunStatus.PAUSED)


def _run(run_id: str) -> RunRecord | None:
    with contextlib.suppress(MnistCoreError):
        return cached.run_store().get(run_id)
    return None
