"""The time that a training still takes, in words."""

from __future__ import annotations

from dashboard.widgets.quantities import about
from mnist_core.runs.live import LiveView


def time_left_words(view: LiveView) -> str:
    """What follows the progress: " · about 40 s left"; empty if it is not known."""
    if view.seconds_left is None:
        return ""
    most = "at most" if view.record.config.training.early_stopping_patience else "about"
    return f" · {most} {about(view.seconds_left)} left"
