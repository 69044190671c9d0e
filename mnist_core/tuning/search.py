"""A whole search, or the repeats of its finalists: the tuner's loop, with its budget, its requests and its notes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mnist_core.errors import MnistCoreError, StudyError, StudyStorageError
from mnist_core.locks import exclusive
from mnist_core.runs.store import RunStore
from mnist_core.tuning.control import PAUSE, STOP, Doing, StudyState, read_state, release, tuner_place, write_state
from mnist_core.tuning.finals import FinalsTuner, is_pending
from mnist_core.tuning.running import Order, QueueRunner, Runner
from mnist_core.tuning.study import Study, study_folder
from mnist_core.tuning.trials import TrialNote, TrialState

POLL_SECONDS = 0.5
RETRY_SECONDS = 3.0
"""Between two tries to reach a database."""
WRITE_SECONDS = 2.0
"""So often the time that was searched is written."""
MAX_LAPSE_SECONDS = 60.0
"""A longer time between two looks was not searched: the machine was asleep."""
STEP_LOCK = ".step-lock"

Hear = Callable[[tuple[TrialNote, ...]], None]


class Work(Protocol):
    """What the loop drives: a `Tuner` or a `FinalsTuner`."""

    ended: str
    minutes: float | None
    doing: Doing

    def step(self, order: Order) -> tuple[str, ...]:
        """One look at everything; returns the runs that have not ended."""

    def note(self) -> tuple[TrialNote, ...]:
        """Write down the trials."""


def search(
    store: RunStore,
    study: Study,
    *,
    url: str | None = None,
    hear: Hear = lambda notes: None,
    is_asked_to_stop: Callable[[], bool] = lambda: False,
    runner: Runner | None = None,
) -> StudyState:
    """Search until the budget is used, or until asked to stop; returns how it ended. The same call goes on later.

    Where finalists are waiting to be trained again, it does that instead.

    Args:
        url: address of the database, if the study is coordinated by one.
        hear: called with the trials whenever one of them has changed.
        runner: has the runs trained; by default through the queue of this machine.

    Raises:
        StudyError: the storage cannot be used, or no trial could be trained.
    """
    folder = study_folder(store.root, study.name)
    hands = runner or QueueRunner(store)
    with tuner_place(folder):
        loop = _Loop(store, study, folder)
        try:
            hands.prepare(study.settings.workers)
            work = _work(store, study, folder, url, hands)
            state = loop.run(work, hear, is_asked_to_stop)
            if state.doing is Doing.DONE and work.doing is Doing.SEARCHING:
                _check_trained(study, work.note())
            return state
        except MnistCoreError as error:
            loop.write(Doing.FAILED, str(error))
            raise


def _check_trained(study: Study, notes: tuple[TrialNote, ...]) -> None:
    """Ensure that a search which has ended has trained something.

    Raises:
        StudyError: every trial was refused; the message has the reason of the first.
    """
    if notes and all(note.state is TrialState.REFUSED for note in notes):
        n = f"all {len(notes):,} trials were" if len(notes) > 1 else "its one trial was"
        raise StudyError(
            f"The study `{study.name}` has trained nothing: {n} refused, the first for this reason: {notes[0].reason} "
            "Begin another one with a space that can be trained."
        )


def _work(store: RunStore, study: Study, folder: Path, url: str | None, runner: Runner) -> Work:
    if is_pending(store, study, folder):
        return FinalsTuner(store, study, folder, runner)
    from mnist_core.tuning.storage import check_address, open_study  # these load Optuna
    from mnist_core.tuning.tuner import Tuner

    check_address(study, url)
    with exclusive(folder / STEP_LOCK):  # two that make the tables of a new study at once would fail
        opened = open_study(study, folder, url)
    return Tuner(store, study, folder, opened, runner)


@dataclass(slots=True)
class _Clock:
    """How long the study has been searched in all; pauses and repeats do not count."""

    seconds: float
    last: float

    def tick(self, *, is_counting: bool) -> None:
        now = time.monotonic()
        if is_counting:
            self.seconds += min(now - self.last, MAX_LAPSE_SECONDS)
        self.last = now


class _Loop:
    """The loop of one tuner on one study."""

    def __init__(self, store: RunStore, study: Study, folder: Path) -> None:
        self.store, self.study, self.folder = store, study, folder
        self.clock = _Clock(read_state(folder).seconds, time.monotonic())
        self._written: tuple[Doing | None, float] = (None, 0.0)
        release(folder)
        self.write(Doing.STARTING)

    def run(self, work: Work, hear: Hear, is_asked_to_stop: Callable[[], bool]) -> StudyState:
        heard: tuple[TrialNote, ...] = ()
        while True:
            is_stopping = (self.folder / STOP).exists() or is_asked_to_stop()
            order = self._order(work, is_stopping=is_stopping)
            found = self._look_or_wait(work, order)
            if found is None:
                if is_stopping:  # a trial whose stop cannot be noted would count as stopped by a person
                    return self.write(Doing.STOPPED, "Its database cannot be reached: the trials in training go on.")
                time.sleep(RETRY_SECONDS)
                continue
            open_runs, notes = found
            if notes != heard:
                heard = notes
                hear(notes)
            is_going_on = order is Order.GO and bool(open_runs or not work.ended)
            self.clock.tick(is_counting=is_going_on and work.doing is Doing.SEARCHING)
            if not is_going_on and order is not Order.PAUSE and not self._is_trained(open_runs):
                return self._end(work, order, is_stopping=is_stopping)
            self.write(Doing.PAUSED if order is Order.PAUSE else work.doing)
            time.sleep(POLL_SECONDS)

    def write(self, doing: Doing, reason: str = "") -> StudyState:
        """Store what is done, at once if it is something else than before."""
        state = StudyState(doing=doing, seconds=round(self.clock.seconds, 1), reason=reason)
        before, when = self._written
        if doing is not before or time.monotonic() - when > WRITE_SECONDS:
            write_state(self.folder, state)
            self._written = (doing, time.monotonic())
        return state

    def _order(self, work: Work, *, is_stopping: bool) -> Order:
        is_time_up = work.minutes is not None and self.clock.seconds >= 60 * work.minutes
        if is_stopping or is_time_up:
            return Order.HALT
        return Order.PAUSE if (self.folder / PAUSE).exists() else Order.GO

    def _look_or_wait(self, work: Work, order: Order) -> tuple[tuple[str, ...], tuple[TrialNote, ...]] | None:
        """One look; None while the database cannot be reached: runs that train go on, and so does the search later.

        Raises:
            StudyStorageError: a file cannot be used, and that does not mend itself.
        """
        try:
            return self._look(work, order)
        except StudyStorageError as error:
            if not self.study.storage:
                raise
            self.clock.tick(is_counting=False)
            self.write(Doing.WAITING, str(error))
            return None

    def _look(self, work: Work, order: Order) -> tuple[tuple[str, ...], tuple[TrialNote, ...]]:
        """One look, while no other tuner of this machine has one at this study."""
        with exclusive(self.folder / STEP_LOCK):
            if work.doing is Doing.REPEATING:
                return work.step(order), work.note()
            from mnist_core.tuning.storage import reachable

            with reachable(self.study):
                return work.step(order), work.note()

    def _is_trained(self, run_ids: tuple[str, ...]) -> bool:
        return any(run_id in self.store.run_ids() and self.store.is_worked_on(run_id) for run_id in run_ids)

    def _end(self, work: Work, order: Order, *, is_stopping: bool) -> StudyState:
        if is_stopping:
            return self.write(Doing.STOPPED)
        if order is Order.HALT:
            return self.write(Doing.DONE, f"The time is up: all {work.minutes:g} minutes are used.")
        return self.write(Doing.DONE, work.ended)
