"""The search itself: begins trials, follows their runs, prunes, and tells Optuna how they ended.

Everything is decided anew at each look, from Optuna's storage and the run directories, under a lock on the study: a
tuner that is killed leaves nothing behind that the next one does not find, and several may work on one study. A trial
that has not ended is in Optuna `RUNNING`, whether or not its run is being trained; its run directory, with its lock and
its checkpoint, says how far it is.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial

from mnist_core.data.sources.catalogue import list_datasets
from mnist_core.errors import ConfigError, RunError, StudyError
from mnist_core.fields import to_dict
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.limits import accident
from mnist_core.tuning.control import Doing
from mnist_core.tuning.running import Order, Runner
from mnist_core.tuning.sampling import PointKey, distributions, importances, key_of, pruner_of, sampler_of, untried
from mnist_core.tuning.study import Cost, Method, Pruning, Study, read_study
from mnist_core.tuning.trials import TrialNote, TrialState, cost_of, note_for, runs_of, study_note, write_notes

RUNNING, COMPLETE, PRUNED, FAIL, WAITING = (
    optuna.trial.TrialState.RUNNING,
    optuna.trial.TrialState.COMPLETE,
    optuna.trial.TrialState.PRUNED,
    optuna.trial.TrialState.FAIL,
    optuna.trial.TrialState.WAITING,
)

RUN, PLACE, NEXT, REASON, STATE, DEATHS = "run_id", "place", "next", "reason", "state", "deaths"
"""What is noted with a trial: its run, the machine and folder of that, what follows when its run has stopped, why and
how it ended, and how often its worker died in the same epoch."""
SKIPPED = "skipped"
"""The state of a trial that stands for nothing: its point had been tried."""

MAX_DEATHS = 4
MAX_FAILURES = 5
MAX_REFUSALS = 200
MAX_REPEATS = 10
ADOPTION_SECONDS = 60.0
"""A trial of a database that has no run for so long was begun by a tuner that died."""


class Next(StrEnum):
    """Why the tuner has a run stopped or paused, and so what follows."""

    PRUNE = "prune"
    GO_ON = "go on"  # with the search


class Tuner:
    """Works on one study; `step` is one look at everything.

    Attributes:
        ended: why no trial is begun any more, in a sentence; empty while there is more to do.
        minutes: its budget of time, if it has one.
        doing: what it does, for people.
    """

    def __init__(self, store: RunStore, study: Study, folder: Path, optuna_study: optuna.Study, runner: Runner) -> None:
        self.store, self.study, self.folder, self.runner = store, study, folder, runner
        self.optuna = optuna_study
        self.optuna.pruner = pruner_of(study.settings)
        self.place = f"{socket.gethostname()}:{store.root}"
        self.ended = ""
        self.minutes = study.settings.minutes
        self.doing = Doing.SEARCHING
        self._importances: tuple[int, Mapping[str, float]] = (0, {})
        self._noted: tuple[TrialNote, ...] | None = None
        self._train_images = next(
            (info.train_images for info in list_datasets() if info.name == study.space.base.dataset), 0
        )

    def step(self, order: Order) -> tuple[str, ...]:
        """Follow every trial, and begin new ones; returns the runs of this machine that have not ended."""
        self._take_budget()
        self.runner.look()
        self.store.index.look()
        for trial in self._trials(RUNNING):
            self._follow(trial, order)
        open_runs = self._open_runs()
        while order is Order.GO and len(open_runs) < self.study.settings.workers and self._has_more():
            self._begin()
            open_runs = self._open_runs()
        return open_runs

    def note(self) -> tuple[TrialNote, ...]:
        """Write down the trials for readers without Optuna, and return them."""
        notes = tuple(self._notes())
        n_completed = sum(note.state is TrialState.COMPLETED for note in notes)
        if n_completed != self._importances[0]:
            self._importances = n_completed, importances(self.optuna)
        if notes != self._noted:  # a look twice a second, for hours
            write_notes(self.folder, notes, self._importances[1])
            self._noted = notes
        return notes

    def _take_budget(self) -> None:
        """Trials and minutes as they are now: a person may change them while the search is at work."""
        with contextlib.suppress(StudyError):  # what was read before is still good
            now = read_study(self.store.root, self.study.name).settings
            settings = replace(self.study.settings, trials=now.trials, minutes=now.minutes)
            self.study, self.minutes = replace(self.study, settings=settings), now.minutes

    # Following -----------------------------------------------------------------------------------------------------

    def _open_runs(self) -> tuple[str, ...]:
        """The runs of all trials that have not ended and are here."""
        found = (self._run_of(trial) for trial in self._trials(RUNNING))
        return tuple(run.run_id for run in found if run is not None)

    def _follow(self, trial: FrozenTrial, order: Order) -> None:
        """One look at a trial that has not ended."""
        run = self._run_of(trial)
        if run is None and trial.user_attrs.get(PLACE, self.place) != self.place:
            return  # it is on another machine
        if trial.user_attrs.get(RUN) is None:
            if order is Order.GO:
                self._adopt(trial)
        elif run is None:
            self._lose(trial)
        else:
            is_new = self._report(trial, run)
            if not self._has_settled(trial, run):
                self._steer(trial, run, order, is_new_epoch=is_new)

    def _lose(self, trial: FrozenTrial) -> None:
        """End a trial whose run is gone, or can no longer be read."""
        if trial.user_attrs[RUN] in self.store.run_ids():
            self._tell(trial, FAIL, TrialState.FAILED, "Its run is damaged.")
        else:
            self._tell(trial, FAIL, TrialState.DELETED, "Its run was deleted.")

    def _has_settled(self, trial: FrozenTrial, run: RunRecord) -> bool:
        """Tell Optuna how a run ended, if it has."""
        match run.status, trial.user_attrs.get(NEXT):
            case RunStatus.COMPLETED, _:
                self._complete(trial, run)
            case RunStatus.FAILED, _:
                self._tell(trial, FAIL, TrialState.FAILED, run.error or "The run failed.")
            case RunStatus.STOPPED, Next.PRUNE:
                done = f"after {run.summary.epochs_done} of {run.epochs} epochs"
                self._tell(trial, PRUNED, TrialState.PRUNED, f"Weaker than the others {done}.")
            case RunStatus.STOPPED, None:
                self._tell(trial, PRUNED, TrialState.PRUNED, "It was stopped by a person.")
            case _:
                return False
        return True

    def _steer(self, trial: FrozenTrial, run: RunRecord, order: Order, *, is_new_epoch: bool) -> None:
        """Have a run that has not ended go on, pause or stop."""
        if order is Order.GO:
            self._drive(trial, run, is_new_epoch=is_new_epoch)
        elif order is Order.HALT or run.status is RunStatus.QUEUED:
            if run.status is not RunStatus.STOPPED and trial.user_attrs.get(NEXT) != Next.PRUNE:
                self._set(trial, NEXT, Next.GO_ON)
            self.runner.stop(run.run_id)
        elif run.status is RunStatus.RUNNING and trial.user_attrs.get(NEXT) is None:
            self._set(trial, NEXT, Next.GO_ON)
            self.runner.pause(run.run_id)

    def _drive(self, trial: FrozenTrial, run: RunRecord, *, is_new_epoch: bool) -> None:
        after = trial.user_attrs.get(NEXT)
        match run.status:
            case RunStatus.INTERRUPTED:
                self._revive(trial, run)
            case RunStatus.PAUSED | RunStatus.STOPPED if after == Next.GO_ON:
                if self.runner.start(run.run_id):
                    self._set(trial, NEXT, None)
            case RunStatus.RUNNING if run.summary.epochs_done < run.epochs:
                if after == Next.PRUNE or (is_new_epoch and after is None and self._is_weak(trial)):
                    self._set(trial, NEXT, Next.PRUNE)
                    self.runner.stop(run.run_id)

    def _complete(self, trial: FrozenTrial, run: RunRecord) -> None:
        accuracy = run.summary.validation_accuracy
        if accuracy is None:
            self._tell(trial, FAIL, TrialState.FAILED, "The run has no validation accuracy.")
            return
        costs = [] if self.study.settings.cost is Cost.NONE else [cost_of(run, self.study.settings.cost) or 0.0]
        self._tell(trial, COMPLETE, TrialState.COMPLETED, "", [accuracy, *costs])

    def _revive(self, trial: FrozenTrial, run: RunRecord) -> None:
        """Have an interrupted run go on, unless its worker dies again and again in the same epoch."""
        epoch, times = trial.user_attrs.get(DEATHS) or (-1, 0)
        times = times + 1 if epoch == run.summary.epochs_done else 1
        if times > MAX_DEATHS:
            self._tell(trial, FAIL, TrialState.FAILED, f"Its worker died {times - 1} times in the same epoch.")
        elif self.runner.start(run.run_id):
            self._set(trial, DEATHS, [run.summary.epochs_done, times])
            if trial.user_attrs.get(NEXT) == Next.GO_ON:  # else it could not be pruned, paused or stopped any more
                self._set(trial, NEXT, None)

    def _report(self, trial: FrozenTrial, run: RunRecord) -> bool:
        """Report the validation accuracy after each epoch that Optuna does not know yet; returns whether one is new."""
        if self.study.settings.cost is not Cost.NONE or run.summary.epochs_done <= (trial.last_step or 0):
            return False
        live = self._live(trial)
        for metrics in self.store.history(run.run_id):
            if metrics.epoch not in trial.intermediate_values:
                live.report(metrics.val_accuracy, metrics.epoch)
        return True

    def _is_weak(self, trial: FrozenTrial) -> bool:
        return self.study.settings.pruning is not Pruning.NONE and self._live(trial).should_prune()

    # Beginning -----------------------------------------------------------------------------------------------------

    def _has_more(self) -> bool:
        """Whether another trial may be begun; if not, `ended` says why."""
        self.ended = ""
        trials = self._trials()
        begun = [trial for trial in trials if trial.user_attrs.get(STATE) not in (SKIPPED, TrialState.REFUSED)]
        budget = self.study.settings.trials
        finished = [trial for trial in reversed(begun) if trial.state.is_finished()]
        failed = list(takewhile(lambda trial: trial.user_attrs.get(STATE) == TrialState.FAILED, finished))
        refused = list(takewhile(lambda trial: trial.user_attrs.get(STATE) == TrialState.REFUSED, reversed(trials)))
        count = self.study.space.count
        if budget is not None and len(begun) >= budget:
            self.ended = "The only trial is done." if budget == 1 else f"All {budget:,} trials are done."
        elif count is not None and len(self._tried()) >= count:
            self.ended = f"All {count:,} points of the space have been tried."
        elif len(failed) >= MAX_FAILURES:
            self.ended = f"The last {MAX_FAILURES} trials failed: {failed[0].user_attrs.get(REASON)}"
        elif len(refused) >= MAX_REFUSALS:
            reason = refused[0].user_attrs.get(REASON)
            self.ended = f"The last {MAX_REFUSALS} designs could not be built: {reason}"
        return not self.ended

    def _begin(self) -> None:
        """Ask for a point, and begin its trial."""
        trials = self._trials()
        self._offer(trials)
        self.optuna.sampler = sampler_of(self.study.settings, len(trials))
        asked = self.optuna.ask(distributions(self.study.space))
        self._start(self._trials()[asked.number])

    def _offer(self, trials: list[FrozenTrial]) -> None:
        """Have a certain point tried next: at first the base design, and a new one where the search repeats itself."""
        space, settings = self.study.space, self.study.settings
        if any(trial.state is WAITING for trial in trials):
            return
        repeated = list(takewhile(lambda trial: trial.user_attrs.get(STATE) == SKIPPED, reversed(trials)))
        point = None
        if not trials:
            point = space.base_point
        elif settings.method is Method.GRID or (space.count is not None and len(repeated) >= MAX_REPEATS):
            point = untried(space, self._tried(), seed=settings.seed)
        if point is not None:
            self.optuna.enqueue_trial(point)

    def _start(self, trial: FrozenTrial) -> None:
        """Make the run of a trial and have it trained, unless it is no trial."""
        if set(trial.params) != {dimension.setting for dimension in self.study.space.dimensions}:
            self._tell(trial, FAIL, SKIPPED, "It was broken off before it began.")
        elif key_of(self.study.space, trial.params) in self._tried(before=trial.number):
            self._tell(trial, FAIL, SKIPPED, "Its point had been tried.")
        else:
            try:
                config = self._design(trial.params)
            except ConfigError as error:
                self._tell(trial, FAIL, TrialState.REFUSED, error.words or str(error))
                return
            noted = note_for(self.study, trial=trial.number)
            name = f"{self.study.name} {trial.number}"
            self._take(trial, self.store.create(config, name=name, tags=[self.study.tag], study=noted))

    def _design(self, point: Mapping[str, Any]) -> ExperimentConfig:
        """The design at a point.

        Raises:
            ConfigError: it cannot be built, or should not be trained on this machine.
        """
        config = self.study.space.build(point)
        if self._train_images and (problem := accident(config, train_images=self._train_images)) is not None:
            raise problem
        return config

    def _adopt(self, trial: FrozenTrial) -> None:
        """Go on with a trial whose tuner died before it had noted the run."""
        if self.study.storage and _age(trial) < ADOPTION_SECONDS:
            return  # another machine may be at it
        for run in runs_of(self.store, self.study):
            if _trial_of(run) == trial.number:
                self._take(trial, run.run_id)
                return
        self._start(trial)

    def _take(self, trial: FrozenTrial, run_id: str) -> None:
        self._set(trial, PLACE, self.place)
        self._set(trial, RUN, run_id)
        run = self.store.get(run_id)
        if run.status is RunStatus.QUEUED and not self.runner.start(run_id):
            self._set(trial, NEXT, Next.GO_ON)  # the queue is full: again at a later look

    # Optuna's side -------------------------------------------------------------------------------------------------

    def _trials(self, *states: optuna.trial.TrialState) -> list[FrozenTrial]:
        return self.optuna.get_trials(deepcopy=False, states=states or None)

    def _live(self, trial: FrozenTrial) -> optuna.Trial:
        return optuna.Trial(self.optuna, trial._trial_id)

    def _set(self, trial: FrozenTrial, name: str, value: Any) -> None:
        trial.user_attrs[name] = value
        self._live(trial).set_user_attr(name, value)

    def _tell(
        self,
        trial: FrozenTrial,
        state: optuna.trial.TrialState,
        ours: str,
        reason: str,
        values: list[float] | None = None,
    ) -> None:
        self._set(trial, REASON, reason)
        self._set(trial, STATE, str(ours))
        self.optuna.tell(trial.number, values, state=state, skip_if_finished=True)

    def _tried(self, before: int | None = None) -> frozenset[PointKey]:
        """The points of all trials that stand for something."""
        return frozenset(
            key_of(self.study.space, trial.params)
            for trial in self._trials()
            if trial.user_attrs.get(STATE) != SKIPPED and (before is None or trial.number < before)
        )

    def _run_of(self, trial: FrozenTrial) -> RunRecord | None:
        """The run of a trial; None if there is none here, or it is damaged."""
        run_id = trial.user_attrs.get(RUN)
        try:
            return self.store.get(run_id) if isinstance(run_id, str) else None
        except RunError:
            return None

    def _notes(self) -> Iterator[TrialNote]:
        for trial in self._trials():
            state = trial.user_attrs.get(STATE, TrialState.RUNNING.value)
            if state == SKIPPED or trial.state is WAITING:
                continue
            yield TrialNote(
                number=trial.number,
                state=TrialState(state),
                point=to_dict(trial.params),
                run_id=trial.user_attrs.get(RUN),
                value=_value_of(trial),
                reason=trial.user_attrs.get(REASON) or "",
                is_elsewhere=trial.user_attrs.get(PLACE, self.place) != self.place,
            )


def _value_of(trial: FrozenTrial) -> float | None:
    """The validation accuracy of a trial's best epoch; None before the first."""
    if trial.state is COMPLETE:
        return float(trial.values[0])
    # Not `values`: Optuna takes the last epoch of a pruned trial for its value.
    return max(trial.intermediate_values.values(), default=None)


def _age(trial: FrozenTrial) -> float:
    begun = trial.datetime_start
    return (datetime.now() - begun).total_seconds() if begun is not None else ADOPTION_SECONDS


def _trial_of(run: RunRecord) -> int | None:
    """The number of the trial that a run says it belongs to."""
    number = study_note(run).get("trial")
    return number if isinstance(number, int) else None
