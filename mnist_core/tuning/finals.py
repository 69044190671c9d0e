"""The finalists of a study: its best trials, and the design it began with, trained again with other seeds.

    <runs>/studies/<name>/finals.json   {"schema": 1, "seeds": [1, 2, ...], "contenders": [{"trial": 7, ...}]}

The seed decides the validation images too, so all contenders get the same seeds. A repeat is an ordinary run; its
`run.json` has the field `study` with the name of the study, the number of the trial as `finalist`, and the seed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mnist_core.errors import ConfigError, RunError, StudyError
from mnist_core.fields import to_dict
from mnist_core.files import write_json
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.tuning.control import Doing
from mnist_core.tuning.running import Order, Runner
from mnist_core.tuning.study import Study
from mnist_core.tuning.trials import Trial, TrialNote, Trials, note_for, runs_of, study_note

SCHEMA = 1
FILE = "finals.json"
MAX_FINALISTS = 5
MAX_SEEDS = 10
DEFAULT_FINALISTS, DEFAULT_SEEDS = 3, 5
"""With five seeds, a difference between four contenders can still be told from chance."""
MIN_SEEDS = 2
MAX_ATTEMPTS = 10
"""A repeat whose worker has been started so often is given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """A trial that is trained again.

    Attributes:
        run_id: its run in the search.
        first: its validation accuracy there, by which it was chosen.
        is_base: whether it is the design that the search began with.
    """

    trial: int
    run_id: str
    first: float
    is_base: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Finals:
    """Which trials are trained again with which seeds; chosen among `chosen_from` completed trials."""

    contenders: tuple[Contender, ...]
    seeds: tuple[int, ...]
    chosen_from: int

    @property
    def wanted(self) -> tuple[tuple[Contender, int], ...]:
        """Every repeat, a seed of all contenders before the next."""
        return tuple((contender, seed) for seed in self.seeds for contender in self.contenders)


Repeats = Mapping[tuple[int, int], RunRecord]
"""The runs by trial and seed."""


def choose_finals(study: Study, trials: Trials, *, finalists: int, n_seeds: int) -> Finals:
    """The best trials by validation accuracy, and the base design if the search has tried it.

    Raises:
        ConfigError: too few or too many finalists or seeds.
        StudyError: fewer than two trials are completed.
    """
    check_numbers(finalists=finalists, n_seeds=n_seeds)
    ranked = sorted(trials.completed, key=lambda trial: (-(trial.value or 0.0), trial.number))
    if len(ranked) < 2:
        n = len(ranked)
        raise StudyError(f"There is nothing to compare. Expected at least two completed trials. Received: {n}.")
    own = study.space.base_point
    base = next((trial for trial in ranked if own is not None and dict(trial.point) == own), None)
    chosen = ranked[:finalists]
    if base is not None and base not in chosen:
        chosen.append(base)
    first_seed = study.space.base.training.seed + 1
    seeds = range(first_seed, first_seed + n_seeds)
    contenders = tuple(_contender(trial, is_base=trial is base) for trial in chosen)
    return Finals(contenders=contenders, seeds=tuple(seeds), chosen_from=len(ranked))


def check_numbers(*, finalists: int, n_seeds: int) -> None:
    """Raise `ConfigError` if there are too few or too many finalists or seeds."""
    _check("finalists", finalists, 1, MAX_FINALISTS)
    _check("seeds", n_seeds, MIN_SEEDS, MAX_SEEDS)


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ConfigError.invalid(name, expected=f"an integer from {low} to {high}", received=value)


def _contender(trial: Trial, *, is_base: bool) -> Contender:
    assert trial.run_id is not None
    return Contender(trial=trial.number, run_id=trial.run_id, first=trial.value or 0.0, is_base=is_base)


def write_finals(folder: Path, finals: Finals) -> None:
    """Store the finalists; the next tuner trains them.

    Raises:
        StudyError: the folder cannot be written.
    """
    try:
        write_json(folder / FILE, {"schema": SCHEMA, **to_dict(finals)})
    except OSError as error:
        raise StudyError(f"The finalists could not be saved in {folder}: {error.strerror}.") from error


def read_finals(folder: Path) -> Finals | None:
    """The finalists; None if there are none, or they cannot be read."""
    try:
        document = json.loads((folder / FILE).read_bytes())
        if document["schema"] != SCHEMA:
            return None
        return Finals(
            contenders=tuple(Contender(**item) for item in document["contenders"]),
            seeds=tuple(int(seed) for seed in document["seeds"]),
            chosen_from=int(document["chosen_from"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def repeats_of(store: RunStore, study: Study) -> Repeats:
    """The runs of all finalists that there are, also of earlier ones."""
    found: dict[tuple[int, int], RunRecord] = {}
    for run in runs_of(store, study):
        noted = study_note(run)
        if isinstance(noted.get("finalist"), int) and isinstance(noted.get("seed"), int):
            found[noted["finalist"], noted["seed"]] = run
    return found


def is_over(run: RunRecord) -> bool:
    """Whether a repeat will not go on: it is completed, has failed, or was stopped by a person."""
    if run.status in (RunStatus.COMPLETED, RunStatus.FAILED):
        return True
    if run.status is RunStatus.INTERRUPTED and run.attempt > MAX_ATTEMPTS:
        return True
    return run.status is RunStatus.STOPPED and not _goes_on(run)


def is_pending(store: RunStore, study: Study, folder: Path) -> bool:
    """Whether a repeat has not been trained."""
    finals = read_finals(folder)
    return finals is not None and has_open(store, finals, repeats_of(store, study))


def has_open(store: RunStore, finals: Finals, repeats: Repeats) -> bool:
    """Whether a repeat among these has not been trained."""
    return any(_is_open(store, contender, repeats.get((contender.trial, seed))) for contender, seed in finals.wanted)


def _is_open(store: RunStore, contender: Contender, run: RunRecord | None) -> bool:
    """Whether a repeat has not ended, or can be begun."""
    return not is_over(run) if run is not None else design_of(store, contender) is not None


def design_of(store: RunStore, contender: Contender) -> ExperimentConfig | None:
    """The design of a contender; None if its run was deleted."""
    try:
        return store.get(contender.run_id).config_in_force
    except RunError:
        return None


class FinalsTuner:
    """Has the finalists trained; has the same form as `Tuner`."""

    def __init__(self, store: RunStore, study: Study, folder: Path, runner: Runner) -> None:
        self.store, self.study, self.folder, self.runner = store, study, folder, runner
        self.ended = ""
        self.minutes: float | None = None
        self.doing = Doing.REPEATING

    def note(self) -> tuple[TrialNote, ...]:
        """Nothing: the run directories say it all."""
        return ()

    def step(self, order: Order) -> tuple[str, ...]:
        """Follow every repeat, and begin new ones, a seed of all contenders before the next; returns the open runs."""
        self.runner.look()
        self.store.index.look()
        finals = read_finals(self.folder)
        if finals is None:
            self.ended = "There are no finalists."
            return ()
        repeats = repeats_of(self.store, self.study)
        runs = [run for contender, seed in finals.wanted if (run := repeats.get((contender.trial, seed))) is not None]
        open_runs = [run.run_id for run in runs if not is_over(run)]
        for run in runs:
            self._react(run, order)
        missing = [pair for pair in finals.wanted if (pair[0].trial, pair[1]) not in repeats]
        for contender, seed in missing if order is Order.GO else ():
            if len(open_runs) < self.study.settings.workers:
                open_runs += self._begin(contender, seed)
        if not open_runs and order is Order.GO:
            self.ended = "The finalists have been trained again."
        return tuple(open_runs)

    def _react(self, run: RunRecord, order: Order) -> None:
        if is_over(run):
            return
        match run.status:
            case RunStatus.INTERRUPTED | RunStatus.STOPPED if order is Order.GO:
                self._go_on(run)
            case RunStatus.PAUSED if order is Order.GO and _goes_on(run):
                self._go_on(run)
            case RunStatus.RUNNING if order is Order.PAUSE and not _goes_on(run):
                self._mark(run, goes_on=True)
                self.runner.pause(run.run_id)
            case RunStatus.QUEUED | RunStatus.RUNNING | RunStatus.PAUSED if order is Order.HALT:
                self._mark(run, goes_on=True)
                self.runner.stop(run.run_id)

    def _go_on(self, run: RunRecord) -> None:
        if self.runner.start(run.run_id) and _goes_on(run):
            self._mark(run, goes_on=False)  # else it could not be paused or stopped any more

    def _mark(self, run: RunRecord, *, goes_on: bool) -> None:
        self.store.set(run.run_id, study={**run.document["study"], "goes_on": goes_on})

    def _begin(self, contender: Contender, seed: int) -> list[str]:
        """Begin a repeat, unless the run of its contender was deleted; returns its run."""
        config = design_of(self.store, contender)
        if config is None:
            return []
        run_id = self.store.create(
            replace(config, training=replace(config.training, seed=seed)),
            name=f"{self.study.name} {contender.trial} again",
            tags=[self.study.tag],
            study=note_for(self.study, finalist=contender.trial, seed=seed),
        )
        if not self.runner.start(run_id):
            self._mark(self.store.get(run_id), goes_on=True)
        return [run_id]


def _goes_on(run: RunRecord) -> bool:
    """Whether a run was stopped by the search, and so goes on with it."""
    return study_note(run).get("goes_on") is True
