"""The runs in which a lesson looks for what it asked to be tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dashboard import cached
from dashboard.shared.lessons.lesson import Missing
from dashboard.shared.runs.names import created
from dashboard.state.current import JudgedSplit, current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.setting_differences import setting_differences
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Precision

ANY = "mnist-sample"
N_NAMED = 2
"""How many settings are named in which a run differs."""


def is_trained_as(run: RunRecord, config: ExperimentConfig) -> bool:
    """Whether a run has this design, whatever its data set, its seed and its number format."""
    return not run.is_foreign and _what_counts(run.config_in_force) == _what_counts(config)


def trained_runs(config: ExperimentConfig) -> Iterator[RunRecord]:
    """The completed runs of a design, the newest first."""
    for run in cached.newest_runs():
        is_completed = run.status is RunStatus.COMPLETED and run.summary.test_accuracy is not None
        if is_completed and is_trained_as(run, config):
            yield run


def newest_trained(config: ExperimentConfig, *, like: RunRecord | None = None) -> RunRecord | Missing:
    """The newest of them, on the same data set as `like`; else what is missing."""
    runs = (run for run in trained_runs(config) if like is None or is_on(run, like))
    return next(runs, None) or missing_run(config)


def missing_run(config: ExperimentConfig) -> Missing:
    """What there is instead of a completed run of a design: one that trains, was stopped, or has other settings."""
    runs = [run for run in cached.newest_runs() if run.config.architecture == config.architecture]
    same = next((run for run in runs if is_trained_as(run, config)), None)
    if same is not None and same.status is not RunStatus.COMPLETED:
        done = f"{len(cached.history(same.run_id)):,} of {same.epochs:,} epochs"
        if same.status.is_active:
            return Missing(text=f"{named(same)} is not finished: {done} are done.")
        return Missing(text=f"{named(same)} ended after {done}. Resume it, or train the design again.")
    if not runs:
        return Missing(text="This design is not trained yet.")
    differences = setting_differences([_what_counts(config), _what_counts(runs[0].config_in_force)])
    words = ", ".join(f"{one.label} {one.values[1]} instead of {one.values[0]}" for one in differences[:N_NAMED])
    words += f" and {len(differences) - N_NAMED} more" if len(differences) > N_NAMED else ""
    other = f" {named(runs[0])} has the same layers but other settings: {escape_markdown(words)}." if words else ""
    return Missing(text=f"This design is not trained yet.{other}")


def is_on(run: RunRecord, other: RunRecord) -> bool:
    """Whether two runs are on the same data set."""
    return run.dataset is not None and other.dataset is not None and run.dataset.sha256 == other.dataset.sha256


def named(run: RunRecord) -> str:
    """A run in a sentence, in Markdown: several runs of one lesson may have the same title."""
    return f"{escape_markdown(run.title)} ({created(run.run_id)})"


def looked_at() -> tuple[RunRecord, Predictions] | Missing:
    """The run that is looked at if it has test predictions, else the newest one that does."""
    runs = [run for run in cached.newest_runs() if run.summary.test_accuracy is not None]
    run = next((run for run in runs if run.run_id == current.run), runs[0] if runs else None)
    if run is not None:
        return run, cached.predictions(run.run_id, JudgedSplit.TEST)
    trained = next((run for run in cached.newest_runs() if run.status.is_active), None)
    if trained is None:
        return Missing(text="The lesson needs a finished run. Train a first network.")
    done = f"{len(cached.history(trained.run_id)):,} of {trained.epochs:,} epochs"
    return Missing(text=f"{named(trained)} is not finished: {done} are done.")


def side_by_side(first: RunRecord, second: RunRecord) -> Missing | None:
    """What is missing until these two runs are compared in this tab; None if they are."""
    if {current.run, current.compared} == {first.run_id, second.run_id}:
        return None
    return Missing(text="The two runs are not side by side yet: follow the link.")


def _what_counts(config: ExperimentConfig) -> ExperimentConfig:
    training = replace(config.training, seed=0, precision=Precision.FLOAT32, deterministic=False)
    return replace(config, dataset=ANY, recipe=None, training=training)
