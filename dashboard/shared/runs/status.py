"""The status of a run on screen."""

from __future__ import annotations

from mnist_core.runs.record import RunStatus

STATUS_BADGES = {
    RunStatus.QUEUED: ("Queued", ":material/schedule:", "gray"),
    RunStatus.RUNNING: ("Training", ":material/model_training:", "blue"),
    RunStatus.PAUSED: ("Paused", ":material/pause_circle:", "gray"),
    RunStatus.COMPLETED: ("Completed", ":material/check_circle:", "green"),
    RunStatus.STOPPED: ("Stopped", ":material/stop_circle:", "gray"),
    RunStatus.FAILED: ("Failed", ":material/error:", "orange"),
    RunStatus.INTERRUPTED: ("Interrupted", ":material/power_off:", "orange"),
}
"""Word, icon and colour of each status."""


def status_word(status: RunStatus) -> str:
    """The status within a sentence: "training"."""
    return STATUS_BADGES[status][0].lower()
