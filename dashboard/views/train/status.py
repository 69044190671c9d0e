"""The state of a run in a badge and, where something is wrong, a sentence on what to do."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.live import LiveView
from mnist_core.runs.record import RunStatus

BADGES = {
    RunStatus.QUEUED: ("Queued", ":material/schedule:", "gray"),
    RunStatus.RUNNING: ("Training", ":material/model_training:", "blue"),
    RunStatus.PAUSED: ("Paused", ":material/pause_circle:", "gray"),
    RunStatus.COMPLETED: ("Completed", ":material/check_circle:", "green"),
    RunStatus.STOPPED: ("Stopped", ":material/stop_circle:", "gray"),
    RunStatus.FAILED: ("Failed", ":material/error:", "orange"),
    RunStatus.INTERRUPTED: ("Interrupted", ":material/power_off:", "orange"),
}
"""Words, icon and colour of each state."""


def render_status(view: LiveView) -> None:
    """Badge, data and settings in a line; below it what went wrong, if anything did."""
    record = view.record
    words, icon, colour = BADGES[record.status]
    training = record.config.training
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]
        st.caption(
            f"{escape_markdown(record.config.dataset)} · {record.summary.parameters:,} parameters · "
            f"{training.optimizer} {training.learning_rate:g} · batch {training.batch_size} · "
            f"{record.precision or training.precision} · seed {training.seed}"
        )
    if record.status is RunStatus.FAILED and record.error:
        st.error(escape_markdown(record.error), icon=":material/error:")
    if record.status is RunStatus.INTERRUPTED:
        st.warning(
            "The process that trained this run is gone, perhaps with a restart of the machine or for want of memory. "
            "All finished epochs are kept; Resume goes on from there.",
            icon=":material/power_off:",
        )
    if view.is_silent:
        st.warning(
            f"No news for {view.silent_seconds:.0f} s. The process may hang; Stop ends it.", icon=":material/hourglass:"
        )
    if view.broken_lines:
        st.caption(f"{view.broken_lines} lines of this run's journal cannot be read and are left out.")
