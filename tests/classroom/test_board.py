"""The board on real runs, checked against counts by hand and SciPy's binomial test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from mnist_core.classroom import board as module
from mnist_core.classroom.assignments import Assignment, is_within, new_assignment
from mnist_core.classroom.board import board, entry_run, standings
from mnist_core.classroom.people import Person, Role
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.runs import store as store_module
from mnist_core.runs.query import RunQuery
from mnist_core.runs.store import RunStore
from tests.finished_runs import damage, finished_run

NAMES = ("Anna", "Bob", "Cleo", "Dan", "Eve")


def person(name: str, role: Role = Role.STUDENT) -> Person:
    number = int.from_bytes(name.encode()[:4].ljust(4, b"x"))
    return Person(person_id=f"p-{number:08x}", name=name, role=role, added_at=1.0)


@pytest.fixture(scope="module")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a finished run, to be copied."""
    store = RunStore(tmp_path_factory.mktemp("sample"))
    return store.folder(finished_run(store))


@pytest.fixture
def store_of(tmp_path: Path) -> Callable[[Person], RunStore]:
    stores: dict[str, RunStore] = {}
    return lambda person: stores.setdefault(person.person_id, RunStore(tmp_path / person.person_id))


def assignment(**values: Any) -> Assignment:
    sha256 = load_dataset("mnist-sample").sha256
    return new_assignment(title="Small", dataset="mnist-sample", sha256=sha256, **values)


class Runs:
    """Adds copies of a finished run with scores by hand."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.labels = load_dataset("mnist-sample").test.labels

    def add(self, store: RunStore, *, validation: float, wrong: Any = (), **fields: Any) -> str:
        """A run whose test predictions are wrong for the rows in `wrong`; `fields` of `run.json`, or of its summary."""
        document = json.loads((self.source / "run.json").read_bytes())
        predicted = self.labels.copy()
        predicted[list(wrong)] = (predicted[list(wrong)] + 1) % 10
        predictions = Predictions.of_split(self.labels, np.eye(10, dtype=np.float32)[predicted])
        scores = {"validation_accuracy": validation, "test_accuracy": predictions.accuracy}
        summary = {name: fields.pop(name) for name in list(fields) if name in document["summary"]}
        document |= {**fields, "summary": {**document["summary"], **scores, **summary}}

        def fill(draft: Path) -> None:
            (draft / "predictions").mkdir()
            save_predictions(draft / "predictions" / "test.npz", predictions)

        return store.add(document, fill)


@pytest.fixture
def runs(sample_run: Path) -> Runs:
    return Runs(sample_run)


# Entries --------------------------------------------------------------------------------------------------------------


def test_validation_decides_which_run_is_entered(store_of: Any, runs: Runs) -> None:
    store = store_of(person("Anna"))
    runs.add(store, validation=0.90, wrong=range(10))  # the best on test images
    best = runs.add(store, validation=0.95, wrong=range(100))
    runs.add(store, validation=0.95, wrong=range(5))  # later, and as good
    runs.add(store, validation=0.93, wrong=range(20))
    found = entry_run(assignment(), store)
    assert found is not None
    assert found.run_id == best
    (entry,) = board(assignment(), [person("Anna")], store_of)
    assert (entry.run.run_id, entry.accuracy) == (best, 0.9)


def test_an_entry_is_found_among_real_runs(tmp_path: Path, store_of: Any) -> None:
    anna = person("Anna")
    ids = [finished_run(store_of(anna), seed=seed) for seed in range(3)]
    finished_run(store_of(anna), seed=3, tested=False)
    written = {run_id: json.loads((tmp_path / anna.person_id / run_id / "run.json").read_bytes()) for run_id in ids}
    best = max(ids, key=lambda run_id: written[run_id]["summary"]["validation_accuracy"])
    (entry,) = board(assignment(), [anna], store_of)
    assert entry.run.run_id == best
    with np.load(tmp_path / anna.person_id / best / "predictions" / "test.npz") as stored:
        right = int((stored["probabilities"].argmax(axis=1) == stored["labels"]).sum())
        n = len(stored["labels"])
    assert entry.accuracy == pytest.approx(right / n)
    assert entry.interval == pytest.approx(tuple(binomtest(right, n).proportion_ci(method="wilson")))


VARIATIONS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "other data": {"dataset": {"name": "mnist-sample", "sha256": "0" * 64, "test_images": 1000}},
    "no data": {"dataset": None},
    "stopped": {"status": "stopped"},
    "running, but its worker died": {"status": "running"},
    "imported": {"imported": {"at": 1.0, "kind": "capsule"}},
    "large": {"parameters": 10_001},
    "as large as allowed": {"parameters": 10_000},
    "long": {"epochs_done": 6},
    "slow": {"train_seconds": 61.0},
    "untimed": {"train_seconds": None},
    "late": {"finished_at": 5001.0},
    "never finished": {"finished_at": None},
    "without validation": {"validation_accuracy": None},
    "without test": {"test_accuracy": None},
}
COUNTING = {"as it is", "as large as allowed"}


@pytest.mark.parametrize("kind", VARIATIONS)
def test_the_index_and_the_run_agree_on_what_counts(store_of: Any, runs: Runs, kind: str) -> None:
    anna, task = person("Anna"), assignment(max_parameters=10_000, max_epochs=5, max_seconds=60, due_at=5000)
    run_id = runs.add(store_of(anna), validation=0.9, **{"finished_at": 4999.0, "train_seconds": 60.0,
                                                         **VARIATIONS[kind]})  # fmt: skip
    counts = kind in COUNTING
    assert is_within(task, store_of(anna).get(run_id)) is counts
    found = entry_run(task, store_of(anna))
    assert (found is not None and found.run_id == run_id) is counts
    (standing,) = standings(task, [anna], store_of)
    assert (standing.n_runs, standing.n_counting, standing.entry is not None) == (1, int(counts), counts)


def test_a_late_run_gives_way_to_the_best_one_in_time(store_of: Any, runs: Runs) -> None:
    store = store_of(person("Anna"))
    runs.add(store, validation=0.99, finished_at=2000.0)
    in_time = runs.add(store, validation=0.5, finished_at=1000.0)
    found = entry_run(assignment(due_at=1500), store)
    assert found is not None
    assert found.run_id == in_time


def test_a_damaged_run_is_passed_over(store_of: Any, runs: Runs) -> None:
    anna = person("Anna")
    store = store_of(anna)
    bad, good = runs.add(store, validation=0.9), runs.add(store, validation=0.8)
    damage(store.folder(bad) / "run.json")
    found = entry_run(assignment(), store)
    assert found is not None
    assert found.run_id == good
    (standing,) = standings(assignment(), [anna], store_of)
    assert standing.n_counting == 1


# The board ------------------------------------------------------------------------------------------------------------


def test_equal_accuracies_share_a_rank(store_of: Any, runs: Runs) -> None:
    for name, n_wrong in zip(NAMES, (10, 5, 10, 20, 10), strict=True):
        runs.add(store_of(person(name)), validation=0.9, wrong=range(n_wrong))
    found = board(assignment(), [person(name) for name in reversed(NAMES)], store_of)
    assert [(entry.person.name, entry.rank) for entry in found] == [
        ("Bob", 1), ("Anna", 2), ("Cleo", 2), ("Eve", 2), ("Dan", 5),
    ]  # fmt: skip
    assert [entry.accuracy for entry in found] == pytest.approx([0.995, 0.99, 0.99, 0.99, 0.98])


def test_an_entry_has_wilsons_interval(store_of: Any, runs: Runs) -> None:
    n = len(runs.labels)
    for name, n_wrong in (("Anna", 0), ("Bob", 37), ("Cleo", n)):
        runs.add(store_of(person(name)), validation=0.9, wrong=range(n_wrong))
    for entry, n_wrong in zip(board(assignment(), [*map(person, NAMES)], store_of), (0, 37, n), strict=True):
        assert entry.interval == pytest.approx(tuple(binomtest(n - n_wrong, n).proportion_ci(method="wilson")))


TIES = {(0, 5), (5, 14), (11, 23)}
CLEAR = {(0, 6), (5, 15), (11, 24)}
"""Digits that only the first and only the other one has wrong; one more or less makes the difference."""


@pytest.mark.parametrize(("n_only_first", "n_only_other"), sorted(TIES | CLEAR))
def test_a_tie_is_what_mcnemars_exact_test_cannot_tell_apart(
    store_of: Any, runs: Runs, n_only_first: int, n_only_other: int
) -> None:
    """Of the first one `n_only_first` digits are wrong alone, of the other `n_only_other`; ten are wrong in both."""
    runs.add(store_of(person("Anna")), validation=0.9, wrong=range(10 + n_only_first))
    runs.add(store_of(person("Bob")), validation=0.9, wrong=[*range(10), *range(100, 100 + n_only_other)])
    first, other = board(assignment(), [person("Anna"), person("Bob")], store_of)
    assert (first.person.name, first.is_tied, other.person.name) == ("Anna", False, "Bob")
    is_tied = bool(binomtest(n_only_first, n_only_first + n_only_other, 0.5).pvalue >= 0.05)
    assert is_tied is ((n_only_first, n_only_other) in TIES)
    assert other.is_tied is is_tied


def test_of_equal_ones_only_the_first_is_not_tied(store_of: Any, runs: Runs) -> None:
    for name in NAMES[:3]:
        runs.add(store_of(person(name)), validation=0.9, wrong=range(10))
    found = board(assignment(), [person(name) for name in NAMES[:3]], store_of)
    assert [(entry.rank, entry.is_tied) for entry in found] == [(1, False), (1, True), (1, True)]


@pytest.mark.parametrize("whose", ["Anna", "Bob"])
@pytest.mark.parametrize("fate", ["gone", "damaged", "of other digits"])
def test_without_predictions_nobody_is_tied(store_of: Any, runs: Runs, whose: str, fate: str) -> None:
    ids = {name: runs.add(store_of(person(name)), validation=0.9, wrong=range(n)) for name, n in
           (("Anna", 1), ("Bob", 2))}  # fmt: skip
    people = [person("Anna"), person("Bob")]
    assert [entry.is_tied for entry in board(assignment(), people, store_of)] == [False, True]
    path = store_of(person(whose)).predictions_path(ids[whose], "test")
    if fate == "gone":
        path.unlink()
    elif fate == "damaged":
        path.write_bytes(b"PK")
    else:
        save_predictions(path, Predictions.of_split((runs.labels + 1) % 10, np.full((len(runs.labels), 10), 0.1)))
    found = board(assignment(), people, store_of)
    assert [(entry.person.name, entry.is_tied) for entry in found] == [("Anna", False), ("Bob", False)]


def test_teachers_and_those_without_a_run_have_no_place(store_of: Any, runs: Runs) -> None:
    teacher = person("Ada", Role.TEACHER)
    for someone in (teacher, person("Anna")):
        runs.add(store_of(someone), validation=0.9)
    people = [teacher, person("Anna"), person("Bob")]
    assert [entry.person.name for entry in board(assignment(), people, store_of)] == ["Anna"]
    assert [standing.person.name for standing in standings(assignment(), people, store_of)] == ["Anna", "Bob"]
    assert board(assignment(), [teacher], store_of) == ()


# The teacher's table --------------------------------------------------------------------------------------------------


def test_a_standing_counts_runs_and_says_whether_the_goal_is_reached(store_of: Any, runs: Runs) -> None:
    anna, bob, cleo = people = [person(name) for name in NAMES[:3]]
    runs.add(store_of(anna), validation=0.8, created_at=100.0)
    reaching = runs.add(store_of(anna), validation=0.9, wrong=range(10), created_at=200.0)
    runs.add(store_of(anna), validation=0.99, status="stopped", created_at=300.0)
    runs.add(store_of(bob), validation=0.9, wrong=range(11), created_at=50.0)
    found = {standing.person: standing for standing in standings(assignment(goal=0.99), people, store_of)}
    assert list(found) == people
    entry = found[anna].entry
    assert entry is not None
    assert entry.run_id == reaching
    numbers = [(s.n_runs, s.n_counting, s.reached_goal, s.last_at) for s in found.values()]
    assert numbers == [(3, 2, True, 300.0), (1, 1, False, 50.0), (0, 0, False, None)]
    assert found[cleo].entry is None
    assert {standing.reached_goal for standing in standings(assignment(), people, store_of)} == {None}


def test_who_has_no_folder_yet_gets_none(store_of: Any, tmp_path: Path) -> None:
    assert board(assignment(), [person("Anna")], store_of) == ()
    assert standings(assignment(), [person("Anna")], store_of)[0].n_runs == 0
    assert list(tmp_path.iterdir()) == []


def test_of_many_runs_only_few_are_read(store_of: Any, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [person("Anna"), person("Bob")]
    beyond = [VARIATIONS[kind] for kind in ("other data", "stopped", "large", "long", "slow", "without test")]
    for someone in people:
        for number in range(20):
            runs.add(store_of(someone), validation=number / 20)
        for values in beyond:
            runs.add(store_of(someone), validation=0.99, **values)
        assert store_of(someone).index.count(RunQuery()) == 20 + len(beyond)
    read: list[Path] = []

    def counted(original: Any) -> Any:
        def reading(folder: Path) -> Any:
            read.append(folder)
            return original(folder)

        return reading

    for place in (module, store_module):
        monkeypatch.setattr(place, "read_run", counted(place.read_run))
    task = assignment(max_parameters=10_000, max_epochs=5, max_seconds=60)
    assert len(board(task, people, store_of)) == 2
    assert len(read) == 2
    assert [standing.n_counting for standing in standings(task, people, store_of)] == [20, 20]
    n_read = len(read)
    assert [standing.n_counting for standing in standings(task, people, store_of)] == [20, 20]
    assert len(read) == n_read


def test_a_run_that_changes_is_counted_anew(store_of: Any, runs: Runs) -> None:
    anna, task = person("Anna"), assignment(due_at=1000)
    store = store_of(anna)
    run_id = runs.add(store, validation=0.9, finished_at=999.0)
    assert standings(task, [anna], store_of)[0].n_counting == 1
    store.set(run_id, finished_at=1001.0)
    assert standings(task, [anna], store_of)[0].n_counting == 0
    shutil.rmtree(store.folder(run_id))
    assert standings(task, [anna], store_of)[0].n_runs == 0
