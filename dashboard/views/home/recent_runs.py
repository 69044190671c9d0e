"""The newest runs and the best run of each data set, each with a link to its results or to its training."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard.cached import run_store
from dashboard.navigation import page_named
from dashboard.shared.runs.names import created, dataset_title, distinct_titles
from dashboard.shared.runs.scores import score_on_test
from dashboard.shared.runs.status import status_word
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.best_runs import best_run_of_each_dataset, dataset_candidates
from mnist_core.runs.query import RunQuery
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.words import counted

N_SHOWN = 5
MAX_LOOKED_AT = 200
"""Behind so many trials of searches, no older run is looked for."""


def render_recent_runs(limit: int = N_SHOWN) -> None:
    """The newest runs, one per line; a sentence if there are none."""
    st.subheader("Recent runs", anchor=False)
    store = run_store()
    runs, n_trials = _newest(store, limit)
    best = best_run_of_each_dataset(dataset_candidates(store))
    titles = distinct_titles({run.run_id: run for run in (*runs, *best)}.values())
    with st.container(key="home.recent", gap="xxsmall"):
        for run in runs:
            words = f"{score_on_test(run) or status_word(run.status)} · {created(run.run_id)}"
            _render_line(run, titles[run.run_id], words)
    if n_trials and (page := page_named("tune")) is not None:
        label = counted(n_trials, "newer trial of a search", "newer trials of searches")
        st.page_link(page, label=label, icon=":material/tune:", query_params={"view": "found"})
    damaged = len(store.damaged())
    if damaged:
        st.caption(f"{counted(damaged, 'damaged run is', 'damaged runs are')} not listed.")
    if not runs:
        st.container(key="home.no_runs").markdown("No runs yet.")
    if best:
        _render_best(best, titles)


def _newest(store: RunStore, limit: int) -> tuple[list[RunRecord], int]:
    """The newest runs that a person has made, and how many trials of searches are among them or newer."""
    own: list[RunRecord] = []
    n_trials = 0
    for run in store.find(RunQuery(limit=MAX_LOOKED_AT)):
        if run.is_trial:
            n_trials += 1
        elif len(own) < limit:
            own.append(run)
        else:
            break
    return own, n_trials


def _render_best(best: tuple[RunRecord, ...], titles: Mapping[str, str]) -> None:
    st.markdown(
        "**Best run of each data set**",
        help="Chosen by validation accuracy. Scores on different data sets cannot be compared with each other.",
    )
    with st.container(key="home.best", gap="xxsmall"):
        for run in best:
            words = score_on_test(run) or escape_markdown(dataset_title(run.config.dataset))
            _render_line(run, titles[run.run_id], words)


def _render_line(run: RunRecord, title: str, words: str) -> None:
    """A link with the title of the run, and below it words that wrap on a narrow screen."""
    is_scored = run.status is RunStatus.COMPLETED
    page = (page_named("evaluate") if is_scored else None) or page_named("train")
    title = escape_markdown(title)
    icon = ":material/check_circle:" if is_scored else ":material/model_training:"
    with st.container(gap=None):
        if page is None:
            st.markdown(title)
        else:
            st.page_link(page, label=title, icon=icon, query_params={"run": run.run_id})
        st.caption(words)
