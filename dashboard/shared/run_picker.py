"""The select box of the run that a page shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import streamlit as st

from dashboard.cached import run_store
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.run_status import status_word
from dashboard.state.current import current
from dashboard.state.session import set_widget_value, widget_value
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import RunRecord, is_run_id

NO_RUNS = "A run is one training of one network. Design a network and train it; its run then appears here."
MAX_LISTED = 500
"""Longer lists are of no use; an older run can be opened by its link."""


def render_run_picker(
    name: str, *, accepts: Callable[[RunRecord], bool] = lambda run: True, empty_text: str = NO_RUNS
) -> RunRecord | None:
    """A select box of runs, the newest first; returns the chosen one, or None after saying what to do instead.

    The choice is `current.run`: it is in the URL, and shared by all pages. Without one, the newest run is shown.

    Args:
        name: prefix of the widget's key, such as "train".
        accepts: which runs can be shown here, for example those with test predictions.
        empty_text: what to say when there is none.
    """
    known = {run.run_id: run for run in run_store().list()}
    runs = {run_id: run for run_id, run in known.items() if accepts(run)}
    wanted = current.run
    if not runs and wanted not in known:
        current.run = None
        render_empty_state("No runs yet", empty_text, page="design", link="Design a network")
        return None
    if wanted is not None and wanted not in runs:
        _render_why_not(wanted, known)
    shown = _selectbox(f"{name}.run", runs, wanted)
    if shown is not None:
        current.run = shown
    return runs.get(shown) if shown is not None else None


def run_label(run: RunRecord) -> str:
    """One line that tells runs apart: title, test accuracy or status, and time of creation."""
    accuracy = run.summary.test_accuracy
    score = f"test accuracy {accuracy:.2%}" if accuracy is not None else status_word(run.status)
    day, time = run.run_id[:8], run.run_id[9:13]
    return f"{run.title} · {score} · {day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:]}"


def run_labels(runs: Iterable[RunRecord]) -> dict[str, str]:
    """The labels of several runs by id, all different: where two would be equal, they end with the id."""
    labels = {run.run_id: run_label(run) for run in runs}
    seen = Counter(labels.values())
    return {run_id: label if seen[label] == 1 else f"{label} · {run_id[-6:]}" for run_id, label in labels.items()}


def _selectbox(key: str, runs: Mapping[str, RunRecord], wanted: str | None) -> str | None:
    listed = tuple(runs)[:MAX_LISTED]
    if wanted is not None and wanted in runs and wanted not in listed:
        listed = (*listed, wanted)
    labels = run_labels(runs[run_id] for run_id in listed)  # the browser sends the label
    # The box follows the choice, which may have changed on another page since it was last drawn.
    newest = listed[0] if listed and wanted is None else None
    set_widget_value(key, wanted if wanted in runs else newest)
    return st.selectbox(
        "Run",
        listed,
        index=None,
        format_func=lambda run_id: labels.get(run_id, run_id),
        key=key,
        on_change=_take_over,
        args=(key,),
        placeholder="Choose a run",
        help="The newest run is first. The address of this page includes the run.",
    )


def _render_why_not(wanted: str, known: Mapping[str, RunRecord]) -> None:
    run = known.get(wanted)
    if run is None:
        st.warning(f"There is no run {escape_markdown(wanted)} on this machine. Choose another one.")
    else:
        name = escape_markdown(run.title)
        st.info(f"{name} ({status_word(run.status)}) has no results for this page yet. Choose another run, or wait.")


def _take_over(key: str) -> None:
    picked = widget_value(key)
    current.run = picked if is_run_id(picked) else None
