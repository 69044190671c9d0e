"""What a search takes and where it stands, in words."""

from __future__ import annotations

from dashboard import cached
from dashboard.settings import machine_folder
from dashboard.views.tune.header import Shown
from dashboard.widgets.quantities import shown_seconds
from mnist_core.training.measurement import prices_folder
from mnist_core.tuning.control import Doing
from mnist_core.tuning.estimate import Estimate, estimate
from mnist_core.tuning.space import Space
from mnist_core.tuning.study import Pruning, StudySettings
from mnist_core.tuning.trials import TrialState
from mnist_core.words import counted

BADGES = {
    Doing.NEW: ("Not started", ":material/schedule:", "gray"),
    Doing.STARTING: ("Starting", ":material/hourglass_top:", "blue"),
    Doing.SEARCHING: ("Searching", ":material/manage_search:", "blue"),
    Doing.PAUSING: ("Pausing after this batch", ":material/hourglass_top:", "gray"),
    Doing.PAUSED: ("Paused", ":material/pause_circle:", "gray"),
    Doing.WAITING: ("Waiting for its database", ":material/cloud_off:", "orange"),
    Doing.REPEATING: ("Repeating the finalists", ":material/repeat:", "blue"),
    Doing.STOPPING: ("Stopping", ":material/hourglass_top:", "gray"),
    Doing.STOPPED: ("Stopped", ":material/stop_circle:", "gray"),
    Doing.INTERRUPTED: ("Interrupted", ":material/power_off:", "orange"),
    Doing.DONE: ("Done", ":material/check_circle:", "green"),
    Doing.FAILED: ("Failed", ":material/error:", "orange"),
}
"""Word, icon and colour of what a study does."""

HISTORY_WORDS = (
    "A point for each trial, in the order of their start; the dashed line is the best completed one so far. Where it "
    "is level, further trials gained nothing."
)
"""How to read the history of a search."""


def estimate_of(space: Space) -> Estimate | None:
    """The time of a trial, if it is known."""
    info = cached.dataset_info(space.base.dataset)
    if info is None:
        return None
    return estimate(
        cached.run_store(),
        space,
        train_images=info.train_images,
        test_images=info.test_images,
        prices=prices_folder(machine_folder()),
    )


def estimate_words(found: Estimate | None, settings: StudySettings) -> str:
    """What a search will take, before it is started."""
    if found is None:
        return (
            "How long a trial takes is not known yet: there is neither a run of the base design on as many images nor "
            "a benchmark of it."
        )
    trials = found.trials(settings)
    if trials == 0:
        return (
            f"A trial takes about {shown_seconds(found.trial_seconds)}, longer than the whole search. Give it more "
            "minutes, or the trials fewer epochs."
        )
    shorter = " Pruning shortens it." if settings.pruning is not Pruning.NONE else ""
    return (
        f"About {shown_seconds(found.seconds(settings))} for {counted(trials, 'trial')} of "
        f"{shown_seconds(found.trial_seconds)} each: {found.work_words}, whose time is from {found.source}.{shorter}"
    )


def progress_of(found: Shown) -> tuple[float, str]:
    """How much of the budget is used, from 0 to 1, and the same in words."""
    settings, seconds, shares, parts = found.study.settings, found.state.seconds, [0.0], []
    n_ended = found.trials.count(TrialState.COMPLETED, TrialState.PRUNED, TrialState.FAILED, TrialState.DELETED)
    if settings.trials is not None:
        shares.append(n_ended / settings.trials)
        parts.append(f"{n_ended:,} of {settings.trials:,} trials")
    else:
        parts.append(counted(n_ended, "trial"))
    if settings.minutes is not None:
        shares.append(seconds / 60 / settings.minutes)
        parts.append(f"{shown_seconds(seconds)} of {shown_seconds(60 * settings.minutes)}")
    else:
        parts.append(shown_seconds(seconds))
    return min(1.0, max(shares)), " · ".join(parts)
