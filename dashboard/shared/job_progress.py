"""The progress of a background job; reruns the page when the job has ended."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.server.background import Job, jobs
from dashboard.shared.errors import explain_errors
from dashboard.widgets.markdown import escape_markdown
from mnist_core.shares import shown_progress

TICK_SECONDS = 0.5
QUICK_SECONDS = 0.12
"""Jobs that end within this time show no progress bar: it would only flash."""


def job_result(
    key: Hashable,
    work: Callable[[Job], Any],
    *,
    title: str,
    name: str,
    can_cancel: bool = False,
    patience_seconds: float = QUICK_SECONDS,
) -> Any | None:
    """The result of a job, which is started if it does not exist; None while it runs or if it failed, after saying so.

    Args:
        key: identifies the job; contains everything that changes the result.
        work: does the work; reports its progress to the job that it is given.
        title: what is being done, for example "Computing handwriting measures".
        name: "<page>.<field>", for the widgets.
        patience_seconds: how long it may take before its progress is shown.
    """
    job = jobs().get(key)
    if job is None:
        job = jobs().start(key, work)
        job.wait(patience_seconds)
    render_job(key, title=title, name=name, can_cancel=can_cancel)
    return job.result if job.is_done else None


def render_job(
    key: Hashable,
    *,
    title: str,
    name: str,
    can_cancel: bool = False,
    can_repeat: bool = True,
    again: Callable[[], None] | None = None,
) -> bool:
    """A progress bar that updates itself while a job runs, the problem if it failed; nothing otherwise.

    `again` restarts the job; without it, the next rerun of the page is expected to. With `can_repeat` False there is no
    button to try again: the job would fail in the same way. Returns whether anything was shown.
    """
    job = jobs().get(key)
    if job is None or job.is_done:
        return False
    if job.is_running:
        st.fragment(_render_now, run_every=TICK_SECONDS)(key, title, name, can_cancel)
    else:
        _render_problem(job)
        if can_repeat:
            _render_again(key, name, again)
    return True


@explain_errors()
def _render_now(key: Hashable, title: str, name: str, can_cancel: bool) -> None:
    job = jobs().get(key)
    if job is None or not job.is_running:
        st.rerun()  # the whole page, once: without the timer
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share or 0.0, text=_text(job, title))
        if can_cancel:
            st.button("Cancel", key=f"{name}.cancel", on_click=job.cancel, help="End the job. Its result is discarded.")


def _text(job: Job, title: str) -> str:
    share = shown_progress(job.share) if job.share is not None else ""
    parts = [part for part in (share, escape_markdown(job.note)) if part]
    return " · ".join([title, *(parts or ["starting"])])


def _render_problem(job: Job) -> None:
    if job.is_cancelled():
        st.info("Cancelled.", icon=":material/cancel:")
    else:
        st.error(escape_markdown(job.problem or ""), icon=":material/error:")


def _render_again(key: Hashable, name: str, again: Callable[[], None] | None) -> None:
    start = again or partial(jobs().forget, key)
    st.button("Try again", key=f"{name}.again", on_click=start, icon=":material/refresh:")
