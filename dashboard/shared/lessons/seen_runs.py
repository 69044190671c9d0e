"""The runs in which a lesson looks for what it asked to be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dashboard import cached
from dashboard.shared.lessons.lesson import Missing, Way
from dashboard.state.current import JudgedSplit, current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.designs.links import config_to_link
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Flatten, MaxPool
from mnist_core.runs.record import RunRecord
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

N_IMAGES = 4_000
"""As many as the bundled sample has, so that a lesson takes as long and gives as much with any data set."""
SMALL_NETWORK = Architecture(layers=(Conv(filters=8), MaxPool(), Conv(filters=16), MaxPool(), Flatten()))
"""Trains in seconds."""

Fits = Callable[[RunRecord], bool]


def design(
    architecture: Architecture = SMALL_NETWORK, training: TrainingSettings | None = None, *, limit: int = N_IMAGES
) -> ExperimentConfig:
    """A design to train in a lesson, on the data set of this machine."""
    settings = training or TrainingSettings(batch_size=32)
    return ExperimentConfig(dataset=cached.default_dataset(), limit=limit, architecture=architecture, training=settings)


def design_way(config: ExperimentConfig, label: str = "Open this design") -> Way:
    """A link that opens a design on the page Design."""
    return Way(page="design", label=label, query={"design": config_to_link(config)})


def scored_runs(fits: Fits) -> Iterator[RunRecord]:
    """The runs that have test predictions, the newest first."""
    for run in cached.newest_runs():
        if run.status.is_finished and run.summary.test_accuracy is not None and not run.is_foreign and fits(run):
            yield run


def newest_scored(fits: Fits) -> RunRecord | None:
    """The newest of them."""
    return next(scored_runs(fits), None)


def missing_run(fits: Fits, expected: str) -> Missing:
    """What is missing is a run: the one that trains now, else what is expected of it."""
    trained = next((run for run in cached.newest_runs() if run.status.is_active and fits(run)), None)
    if trained is None:
        return Missing(text=f"No finished run yet with {expected}.")
    done = f"{trained.summary.epochs_done} of {trained.epochs} epochs done"
    return Missing(text=f"{escape_markdown(trained.title)} is not finished: {done}.")


def is_on(run: RunRecord, other: RunRecord) -> bool:
    """Whether two runs are on the same data set."""
    return run.dataset is not None and other.dataset is not None and run.dataset.sha256 == other.dataset.sha256


def looked_at() -> tuple[RunRecord, Predictions] | None:
    """The run that is looked at, else the newest one, with its test predictions; None if it has none."""
    run = next((run for run in scored_runs(lambda run: current.run in (None, run.run_id))), None)
    return (run, cached.predictions(run.run_id, JudgedSplit.TEST)) if run is not None else None


def side_by_side(first: RunRecord, second: RunRecord) -> Missing | None:
    """What is missing until these two runs are compared in this tab; None if they are."""
    if {current.run, current.compared} == {first.run_id, second.run_id}:
        return None
    return Missing(text="The two runs are not side by side yet: follow the link.")


NO_SCORED_RUN = Missing(text="The lesson needs a finished run with test predictions. Choose one above, or train one.")
