"""The status of a run as a badge and, if there is a problem, a sentence on what to do."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.runs.names import images_words
from dashboard.shared.runs.status import STATUS_BADGES
from dashboard.shared.settings.words import choice_words
from dashboard.widgets.markdown import escape_markdown
from mnist_core.jobs.control import Awaited
from mnist_core.runs.live import LiveView
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.words import counted

AWAITED_WORDS = {Awaited.STOP: "Stopping", Awaited.PAUSE: "Pausing", Awaited.RESUME: "Resuming"}


def render_status(view: LiveView, awaited: Awaited | None) -> None:
    """The badge, and the problem, if there is one.

    Args:
        awaited: the request that the worker has not obeyed yet.
    """
    record = view.record
    words, icon, colour = STATUS_BADGES[record.status]
    with st.container(key="train.status"):
        if awaited is not None:
            words, icon = _awaited_words(view, awaited), ":material/hourglass_top:"
        st.badge(words, icon=icon, color=colour)  # type: ignore[arg-type]
    if record.status is RunStatus.FAILED and record.error:
        st.error(escape_markdown(record.error), icon=":material/error:")
    if record.status is RunStatus.QUEUED and record.cluster_task and record.summary.epochs_done:
        st.info(
            "The machine that trained this run was lost. The cluster resumes it on another one.", icon=":material/sync:"
        )
    if record.status is RunStatus.INTERRUPTED:
        stored = (
            "All finished epochs are stored. Press Resume to continue from the last checkpoint."
            if record.summary.epochs_done
            else "No epoch was finished. Press Resume to start it again."
        )
        st.warning(
            "The worker process ended unexpectedly, perhaps because the machine restarted or ran out of memory. "
            f"{stored}",
            icon=":material/power_off:",
        )
    if view.is_silent:
        st.warning(
            f"The worker has not reported for {view.silent_seconds:.0f} s and may hang. Press Stop to end it.",
            icon=":material/hourglass:",
        )
    if view.broken_lines:
        st.caption(f"Ignored {counted(view.broken_lines, 'damaged line')} in the events of this run.")


def render_settings(record: RunRecord) -> None:
    """Data set and settings in one line."""
    training = record.config_in_force.training
    st.caption(
        f"{escape_markdown(images_words(record.config))} · {record.summary.parameters:,} parameters · "
        f"{choice_words(training.optimizer)} · learning rate {training.learning_rate:g} · "
        f"batch size {training.batch_size} · {record.precision or training.precision} · seed {training.seed}"
    )


def _awaited_words(view: LiveView, awaited: Awaited) -> str:
    """The worker obeys between two batches, and between two phases of its work."""
    if view.record.status is RunStatus.PAUSED:
        return AWAITED_WORDS[awaited]
    return f"{AWAITED_WORDS[awaited]} {'after this batch' if view.batch is not None else 'at the next step'}"
