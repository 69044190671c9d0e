"""The run for TensorBoard and MLflow: written in the background into folders beside the runs, with how to see it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cached
from dashboard.server.background import Job, jobs
from dashboard.shared.job_progress import render_job
from mnist_core.export.formats import TRACKING, Format
from mnist_core.export.tracking.exporting import export_tracking
from mnist_core.export.tracking.looking import look
from mnist_core.runs.record import RunRecord

INSIDE = (
    "To compare this run with trainings from elsewhere. Each tool gets every metric of training and validation by "
    "epoch, the test scores, all settings, tags and note, and as files the configuration, model, confusion matrix and "
    "report."
)


def render_other_tools(run: RunRecord) -> None:
    """What other tools are told, and each tool."""
    st.markdown(INSIDE)
    for column, tool in zip(st.columns(len(TRACKING), gap="large"), TRACKING, strict=True):
        with column:
            _render_tool(run, tool)


def _render_tool(run: RunRecord, tool: Format) -> None:
    folder = cached.run_store().root / tool.name
    st.subheader(tool.title, anchor=False)
    st.markdown(tool.help)
    if tool.missing:
        st.markdown("It needs packages that are not installed yet:")
        st.code(tool.installation, language="shell")
    else:
        _render_offer(run, tool, folder)
    st.markdown("Or into a folder of your own:")
    command = f"python -m mnist_core export {run.run_id} --format {tool.name} --output FOLDER"
    st.code(command, language="shell", wrap_lines=True)


def _render_offer(run: RunRecord, tool: Format, folder: Path) -> None:
    key = ("track", run.run_id, run.best_epoch, tool.name)
    job = jobs().get(key)
    if job is not None and job.is_done:
        st.success(f"The run is in the folder `{tool.name}` beside the runs.", icon=":material/check_circle:")
    elif render_job(key, title=f"Writing for {tool.title}", name=f"export.{tool.name}", can_cancel=True):
        return
    is_added = job is not None and job.is_done
    st.button(
        f"Add to {tool.title} again" if is_added else f"Add to {tool.title}",
        type="secondary" if is_added else "primary",
        key=f"export.add_{tool.name}",
        icon=":material/add:",
        on_click=_start,
        args=(key, run, tool, folder),
        help="An earlier export of this run is replaced.",
    )
    st.markdown(f"To look at all runs that were added, with the package `{tool.name}`:")
    st.code(look(tool.name, folder), language="shell", wrap_lines=True)


def _start(key: tuple[object, ...], run: RunRecord, tool: Format, folder: Path) -> None:
    store = cached.run_store()

    def work(job: Job) -> Path:
        return export_tracking(
            store, run.run_id, tool.name, folder, overwrite=True, tell=job.tell, is_cancelled=job.is_cancelled
        )

    jobs().forget(key)
    jobs().start(key, work)
