"""The runs in which a lesson looks for what it asked to be tried."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from dashboard import cached
from dashboard.shared.lessons.lesson import Missing, WhyNot
from dashboard.shared.runs.names import created
from dashboard.state.current import JudgedSplit, current
from dashboard.state.url_values import chosen_elsewhere
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import DIGITS
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import MnistCoreError, RunError
from mnist_core.evaluation.comparison import Comparison, compare
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.setting_differences import setting_differences
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

N_NAMED = 2
"""How many settings are named in which a run differs."""
MAX_SEARCHED = 1_000
MAX_OFFERED = 30
"""Runs that are looked through for one that would do instead: their predictions are read."""
LEDGER = ("runs_view", "ledger")
"""The choice of the page that compares two runs image by image."""


def runs_of_size(config: ExperimentConfig) -> Iterator[RunRecord]:
    """The newest runs with as many parameters, archived ones included: a few, however many runs there are."""
    conditions = (equal("parameters", config.architecture.parameters),)
    return cached.run_store().find(RunQuery(conditions=conditions, limit=MAX_SEARCHED))


def trained_runs(config: ExperimentConfig, *, like: RunRecord | None = None) -> Iterator[RunRecord]:
    """The completed runs of a design, the newest first; with `like`, those that differ from it in the design alone."""
    for run in runs_of_size(config):
        is_completed = run.status is RunStatus.COMPLETED and run.summary.test_accuracy is not None
        if is_completed and is_trained_as(run, config) and (like is None or _is_alike(run, like)):
            yield run


def newest_trained(config: ExperimentConfig) -> RunRecord | Missing:
    """The newest of them, else what is missing."""
    return next(trained_runs(config), None) or missing_run(config)


def newest_pair(first: ExperimentConfig, second: ExperimentConfig) -> tuple[RunRecord, RunRecord] | Missing:
    """A run of each design that differ in nothing else, the newest of the first if there are several."""
    runs = tuple(trained_runs(first))
    for run in runs:
        if (other := next(trained_runs(second, like=run), None)) is not None:
            return run, other
    return missing_run(second, like=runs[0]) if runs else missing_run(first)


def is_trained_as(run: RunRecord, config: ExperimentConfig) -> bool:
    """Whether a run was trained with this design from its beginning, whatever its images, seed and number format."""
    if run.is_foreign or run.config.architecture != config.architecture or _class_names(run) != DIGITS:
        return False
    rate = run.adjustments.learning_rate
    is_adjusted = rate is not None and rate != run.config.training.learning_rate
    return not is_adjusted and _what_counts(run.config_in_force) == _what_counts(config)


def differ_in_seed(run: RunRecord, other: RunRecord) -> bool:
    """Whether two runs of one design have different seeds, and the same data set and precision."""
    seeds = run.config.training.seed, other.config.training.seed
    return seeds[0] != seeds[1] and _are_on_the_same(run, other) and run.precision == other.precision


def missing_run(config: ExperimentConfig, *, like: RunRecord | None = None) -> Missing:
    """What there is instead of a completed run of a design: one that trains, was stopped, or has other settings."""
    runs = [run for run in runs_of_size(config) if run.config.architecture == config.architecture]
    runs = [run for run in runs if not run.is_foreign]
    same = [run for run in runs if is_trained_as(run, config)]
    if same and same[0].status is not RunStatus.COMPLETED:
        return _unfinished(same[0])
    if same and like is not None:
        return Missing(text=f"{named(same[0])} has other images, another seed or another precision than {named(like)}.")
    if not runs:
        return Missing(text="This design is not trained yet.")
    differences = setting_differences([_what_counts(config), _what_counts(runs[0].config_in_force)])
    words = ", ".join(f"{one.label} {one.values[1]} instead of {one.values[0]}" for one in differences[:N_NAMED])
    words += f" and {len(differences) - N_NAMED} more" if len(differences) > N_NAMED else ""
    other = f" {named(runs[0])} has the same layers but other settings: {escape_markdown(words)}." if words else ""
    return Missing(text=f"This design is not trained yet.{other}")


def named(run: RunRecord) -> str:
    """A run in a sentence, in Markdown: several runs of one lesson may have the same title."""
    return f"{escape_markdown(run.title)} ({created(run.run_id)})"


def looked_at(why_not: WhyNot | None = None) -> tuple[RunRecord, Predictions] | Missing:
    """The run that a lesson is about, with its test predictions."""
    run = judged_run(why_not)
    return run if isinstance(run, Missing) else (run, cached.predictions(run.run_id, JudgedSplit.TEST))


def judged_run(why_not: WhyNot | None = None) -> RunRecord | Missing:
    """The run that is looked at, if it was tested on digits and can answer a question; else what is missing.

    Without a run that is looked at: the newest that can. Where the one that is looked at cannot, that one is offered.
    """
    chosen = _chosen()
    run = chosen or _newest_fit(why_not) or next(cached.newest_runs(), None)
    if run is None:
        return Missing(text="The lesson needs a finished run.")
    missing = _unfit(run, why_not)
    if missing is None:
        return run
    return replace(missing, instead=_newest_fit(why_not)) if chosen is not None else missing


def _unfit(run: RunRecord, why_not: WhyNot | None) -> Missing | None:
    """Why a run cannot answer a question; None if it can."""
    if run.summary.test_accuracy is None:
        return _unfinished(run)
    if _class_names(run) != DIGITS:
        return Missing(text=f"{named(run)} is not about digits, and this lesson is.")
    if why_not is None:
        return None
    reason = why_not(run, cached.predictions(run.run_id, JudgedSplit.TEST))
    return None if reason is None else Missing(text=reason)


def _newest_fit(why_not: WhyNot | None) -> RunRecord | None:
    """The newest run that can answer a question; a trial of a search only if no other can."""
    tested = (run for run in cached.newest_runs() if run.summary.test_accuracy is not None)
    for run in sorted(islice(tested, MAX_OFFERED), key=lambda run: run.is_trial):
        with contextlib.suppress(MnistCoreError):  # a damaged run is none to offer
            if _unfit(run, why_not) is None:
                return run
    return None


def compared(first: RunRecord, second: RunRecord) -> Comparison:
    """The test images of two runs on the same data set, one by one."""
    return compare(*(cached.predictions(run.run_id, JudgedSplit.TEST) for run in (first, second)))


def side_by_side(found: tuple[RunRecord, RunRecord] | Missing) -> Missing | None:
    """What is missing until two runs are compared in this tab, or until there are two; None if they are."""
    if isinstance(found, Missing):
        return found
    first, second = found
    are_chosen = {current.run, current.compared} == {first.run_id, second.run_id}
    name, view = LEDGER
    if are_chosen and chosen_elsewhere(name) == view:
        return None
    return Missing(text="The two runs are not side by side yet: follow the link.")


def _chosen() -> RunRecord | None:
    try:
        return cached.run_store().get(current.run) if current.run is not None else None
    except RunError:
        return None  # the page says so


def _unfinished(run: RunRecord) -> Missing:
    done = f"{len(cached.history(run.run_id)):,} of {run.epochs:,} epochs"
    if run.status.is_active:
        return Missing(text=f"{named(run)} is not finished: {done} are done.", unfinished=run)
    return Missing(text=f"{named(run)} ended after {done}, before its test images were scored.")


def _is_alike(run: RunRecord, other: RunRecord) -> bool:
    """Whether two runs have the same data set, seed and precision, and so the same images."""
    is_same_seed = run.config.training.seed == other.config.training.seed
    return is_same_seed and _are_on_the_same(run, other) and run.precision == other.precision


def _are_on_the_same(run: RunRecord, other: RunRecord) -> bool:
    return run.dataset is not None and other.dataset is not None and run.dataset.sha256 == other.dataset.sha256


def _class_names(run: RunRecord) -> tuple[str, ...]:
    return class_names_of(run.config.dataset)


def _what_counts(config: ExperimentConfig) -> ExperimentConfig:
    """A configuration without what a lesson does not ask for."""
    plain = TrainingSettings()
    training = replace(config.training, seed=plain.seed, precision=plain.precision, deterministic=plain.deterministic)
    return replace(config, dataset="", recipe=None, training=training)
