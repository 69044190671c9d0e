"""What a class has achieved in an assignment: the board, and the teacher's table.

Validation decides, test reports: of each person the run with the best validation accuracy is entered, and entries are
ranked by test accuracy. So nobody gains by training until the test images happen to suit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mnist_core.classroom.assignments import Assignment, is_within
from mnist_core.classroom.people import Person
from mnist_core.errors import PredictionsError, RunError
from mnist_core.evaluation.comparison import compare
from mnist_core.evaluation.intervals import wilson_interval
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.significance import UNLIKELY
from mnist_core.runs.document import read_run
from mnist_core.runs.index_rows import Stamp
from mnist_core.runs.query import Condition, RunQuery, equal
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore

NEWEST = RunQuery(limit=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A person's place on the board.

    Attributes:
        rank: from 1; equal accuracies share one, and the next rank is as much higher (1, 2, 2, 4).
        accuracy: on the test images.
        interval: 95% Wilson interval of the accuracy.
        is_tied: whether McNemar's exact test on the test predictions cannot tell the run from the first one of the
            board; False for that one, and where predictions are missing.
    """

    person: Person
    run: RunRecord
    rank: int
    accuracy: float
    interval: tuple[float, float]
    is_tied: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where a person stands, for the teacher.

    Attributes:
        n_runs: all of their runs, whatever the assignment.
        n_counting: those that count.
        entry: the run on the board; None if no run counts.
        reached_goal: whether its test accuracy reaches the goal; None if there is no goal.
        last_at: when their newest run was made, in seconds since 1970; None if there is none.
    """

    person: Person
    n_runs: int
    n_counting: int
    entry: RunRecord | None
    reached_goal: bool | None
    last_at: float | None


def entry_run(assignment: Assignment, store: RunStore) -> RunRecord | None:
    """Of the runs that count, the one with the best validation accuracy, the earliest of equal ones; None if none."""
    return _first_within(assignment, store, (run_id for run_id, _ in _candidates(assignment, store)))


def board(
    assignment: Assignment, people: Sequence[Person], store_of: Callable[[Person], RunStore]
) -> tuple[Entry, ...]:
    """The entries of all students who have one, the best first; of equal ones, the earlier run."""
    entered = [(person, run) for person in _students(people) if (run := entry_run(assignment, store_of(person)))]
    entered.sort(key=lambda pair: (-_accuracy(pair[1]), pair[1].run_id, pair[0].name))
    accuracies = [_accuracy(run) for _, run in entered]
    predictions = [_predictions(store_of(person), run) for person, run in entered]
    return tuple(
        Entry(
            person=person,
            run=run,
            rank=1 + accuracies.index(_accuracy(run)),
            accuracy=_accuracy(run),
            interval=_interval(run),
            is_tied=place > 0 and _are_tied(predictions[0], predictions[place]),
        )
        for place, (person, run) in enumerate(entered)
    )


def standings(
    assignment: Assignment, people: Sequence[Person], store_of: Callable[[Person], RunStore]
) -> tuple[Standing, ...]:
    """Where each student stands, in the order of `people`."""
    return tuple(_standing(assignment, person, store_of(person)) for person in _students(people))


def _standing(assignment: Assignment, person: Person, store: RunStore) -> Standing:
    counting = [run_id for run_id, stamp in _candidates(assignment, store)
                if _counts(assignment, store.root / run_id, stamp)]  # fmt: skip
    entry = _first_within(assignment, store, counting)
    goal = assignment.goal
    return Standing(
        person=person,
        n_runs=store.index.count(),
        n_counting=len(counting),
        entry=entry,
        reached_goal=None if goal is None else entry is not None and _accuracy(entry) >= goal,
        last_at=next((row.created_at for row in store.index.rows(NEWEST)), None),
    )


def _students(people: Sequence[Person]) -> Iterator[Person]:
    return (person for person in people if not person.is_teacher)


def _candidates(assignment: Assignment, store: RunStore) -> Iterator[tuple[str, Stamp]]:
    """Runs that count as far as the index knows, the best first; when one was completed and where, it does not know.

    They are asked for in ascending order and turned around, which puts the earliest of equal ones first.
    """
    scored = [Condition(field=f"{split}_accuracy", comparison=">=", value=0) for split in ("validation", "test")]
    limits = {
        "parameters": assignment.max_parameters,
        "epochs_done": assignment.max_epochs,
        "train_seconds": assignment.max_seconds,
    }
    within = [Condition(field=name, comparison="<=", value=limit) for name, limit in limits.items()
              if limit is not None]  # fmt: skip
    query = RunQuery(
        conditions=(equal("sha256", assignment.sha256), *scored, *within),
        statuses=(RunStatus.COMPLETED,),
        sort="validation_accuracy",
        is_descending=False,
    )
    return reversed(store.index.stamped_ids(query))


def _first_within(assignment: Assignment, store: RunStore, run_ids: Iterable[str]) -> RunRecord | None:
    for run_id in run_ids:
        with contextlib.suppress(RunError):  # deleted or damaged since
            run = store.get(run_id)
            if is_within(assignment, run):
                return run
    return None


@lru_cache(maxsize=50_000)  # of a yes or no each: a class of 200 with 250 runs
def _counts(assignment: Assignment, run_directory: Path, stamp: Stamp) -> bool:
    """Whether a run counts, read from its `run.json` once for each `stamp` that the file has had."""
    try:
        run = read_run(run_directory)
    except OSError:
        return False
    return isinstance(run, RunRecord) and is_within(assignment, run)


def _accuracy(run: RunRecord) -> float:
    return run.summary.test_accuracy or 0.0


def _interval(run: RunRecord) -> tuple[float, float]:
    """95% Wilson interval of the test accuracy; 0 to 1 if the number of test images is not known."""
    n_images = run.dataset.test_images if run.dataset is not None else 0
    return wilson_interval(round(_accuracy(run) * n_images), n_images)


def _predictions(store: RunStore, run: RunRecord) -> Predictions | None:
    try:
        return store.predictions(run.run_id)
    except (PredictionsError, RunError):
        return None


def _are_tied(first: Predictions | None, other: Predictions | None) -> bool:
    if first is None or other is None:
        return False
    try:
        return compare(first, other).p_value >= UNLIKELY
    except PredictionsError:  # not of the same images
        return False
