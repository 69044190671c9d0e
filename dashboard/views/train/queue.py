"""Recent runs, and the queue: its order, cancelling, and the number of parallel runs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import leave_notice, show_notices, told_as_notice
from dashboard.shared.runs.names import run_labels
from dashboard.shared.runs.status import STATUS_BADGES
from dashboard.state.session import BY_LINK, widget_key, widget_value
from dashboard.views.train.controls import stop_run
from dashboard.widgets.keyed_style import keyed_style
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import RunError
from mnist_core.jobs import queue
from mnist_core.jobs.executors import LOCAL, chosen_executor
from mnist_core.jobs.sharing import MAX_PARALLEL
from mnist_core.runs.query import RunQuery
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.words import counted

N_RECENT = 8
RECENT = RunQuery(limit=N_RECENT)
TICK_SECONDS = 5.0


def render_recent_runs(shown: RunRecord) -> None:
    """The newest runs, each with a link that opens it here; updated while one of them trains or is queued.

    Args:
        shown: the run of the page, which is marked.
    """
    _follow(partial(_render_recent, shown.run_id))


def render_run_queue() -> None:
    """The queued runs in their order, and the number of parallel runs."""
    _follow(_render_queue)


def _follow(render: Callable[[], None]) -> None:
    is_busy = _is_busy()

    @explain_errors()
    def now() -> None:
        if _is_busy() != is_busy:
            st.rerun()  # the whole page, because only that starts or stops the timer
        show_notices()
        render()

    st.fragment(now, run_every=TICK_SECONDS if is_busy else None)()


def _is_busy() -> bool:
    """Whether a run that is listed here can change by itself."""
    store = cached.run_store()
    return bool(queue.queued(store)) or any(run.status.is_active for run in store.find(RECENT))


def _render_queue() -> None:
    store = cached.run_store()
    waiting = queue.queued(store)
    st.subheader("Queue", anchor=False)
    parallel = queue.read_settings(store).parallel
    if queue.shares_places(store):
        _render_shared(store, waiting, parallel)
    elif chosen_executor() is LOCAL:  # the places of a cluster are those of its workers
        _render_parallel(parallel)
    if not waiting:
        st.caption("The queue is empty.")
    labels = run_labels(waiting)
    for place, run in enumerate(waiting):
        _render_waiting(run, labels[run.run_id], place, len(waiting))


def _render_shared(store: RunStore, waiting: Sequence[RunRecord], parallel: int) -> None:
    """How many runs of the class train at the same time, and how long one's own next run waits for its turn."""
    sentence = f"The class trains {counted(parallel, 'run')} at a time; everybody's turn comes."
    with contextlib.suppress(RunError):  # it has started just now
        ahead = queue.runs_ahead(store, waiting[0].run_id) if waiting else 0
        if ahead:
            sentence += f" {counted(ahead, 'queued run')} of others before yours."
    st.caption(sentence)


def _render_parallel(parallel: int) -> None:
    key = widget_key("train.parallel", parallel)  # another tab may change it
    st.number_input(
        "Parallel runs",
        min_value=1,
        max_value=MAX_PARALLEL,
        value=parallel,
        key=key,
        on_change=_set_parallel,
        args=(key,),
        width=220,
        help="How many runs may train at the same time, for all tabs. They share the CPU, so each takes longer.",
    )


def _render_waiting(run: RunRecord, label: str, place: int, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{place + 1}. {escape_markdown(label)}", width="stretch")
        _action("Up", ":material/arrow_upward:", run, _move, -1, is_off=place == 0)
        _action("Down", ":material/arrow_downward:", run, _move, 1, is_off=place == count - 1)
        _action("Cancel", ":material/close:", run, _cancel, 0)


def _action(label: str, icon: str, run: RunRecord, action: object, places: int, *, is_off: bool = False) -> None:
    st.button(
        label,
        icon=icon,
        key=f"train.queue.{label}.{run.run_id}",
        disabled=is_off,
        on_click=action,  # type: ignore[arg-type]
        args=(run.run_id, places),
    )


def _move(run_id: str, places: int) -> None:
    with told_as_notice():
        queue.move(cached.run_store(), run_id, places)


def _cancel(run_id: str, _: int) -> None:
    with told_as_notice():
        leave_notice(stop_run(cached.run_store(), run_id))


def _set_parallel(key: str) -> None:
    wanted = widget_value(key)
    with told_as_notice():
        queue.set_parallel(cached.run_store(), wanted)


def _render_recent(shown: str) -> None:
    store = cached.run_store()
    runs = _recent(store, shown)
    st.subheader("Recent runs", anchor=False)
    # Streamlit marks every link to the open page as the current one; here each leads to another run.
    keyed_style("train.recent", "a", "background-color: transparent")
    keyed_style("train.recent", "a:hover", "text-decoration: underline")
    keyed_style("train.recent", "a *", "font-weight: normal")
    with st.container(key="train.recent", gap="xsmall"):
        labels = run_labels(runs)
        for run in runs:
            _render_recent_run(run, labels[run.run_id], is_shown=run.run_id == shown)
    for damaged in store.damaged()[:N_RECENT]:
        st.caption(
            f":material/warning: {escape_markdown(damaged.run_id)} is damaged: {escape_markdown(damaged.reason)}"
        )


def _recent(store: RunStore, shown: str) -> tuple[RunRecord, ...]:
    """The newest runs, and the one of the page."""
    runs = store.list(RECENT)
    if not any(run.run_id == shown for run in runs):
        with contextlib.suppress(RunError):
            return (*runs, store.get(shown))
    return runs


def _render_recent_run(run: RunRecord, label: str, *, is_shown: bool) -> None:
    if not (is_shown and run.status.is_active):  # its progress is above, and there it is newer
        label = f"{label} · {run.summary.epochs_done} of {run.epochs} epochs"
    label = escape_markdown(label)
    words, icon, colour = STATUS_BADGES[run.status]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]
        if is_shown:
            st.markdown(f"**{label}** :blue-badge[Shown above]", width="content")
            return
        page = page_named("train")
        if page is not None:
            st.page_link(page, label=label, query_params={"run": run.run_id, **BY_LINK})
