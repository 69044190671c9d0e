from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import pytest

from mnist_core.classroom import assignments as module
from mnist_core.classroom.assignments import (
    Assignment,
    Assignments,
    is_within,
    new_assignment,
    reason_against,
)
from mnist_core.errors import ClassError, ConfigError
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run

SHA256 = "0123456789abcdef" * 4


def made(**values: Any) -> Assignment:
    return new_assignment(**{"title": "Small", "dataset": "mnist", "sha256": SHA256, **values})


@pytest.fixture
def kept(tmp_path: Path) -> Assignments:
    return Assignments(tmp_path)


# The value ------------------------------------------------------------------------------------------------------------


def test_a_new_assignment_has_an_id_and_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1234.5)
    first, second = made(), made()
    assert (first.created_at, first.assignment_id[:2], len(first.assignment_id)) == (1234.5, "a-", 10)
    assert first.assignment_id != second.assignment_id
    assert not first.are_names_shown
    limits = (first.max_parameters, first.max_epochs, first.max_seconds, first.goal, first.due_at)
    assert limits == (None,) * 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""), ("title", " \u202e "), ("title", "x" * 81), ("title", 3), ("text", "x" * 4001),
        ("dataset", ""), ("sha256", "x" * 64), ("sha256", SHA256 + "\n"), ("sha256", None),
        ("max_parameters", 0), ("max_parameters", 1.5), ("max_parameters", True), ("max_epochs", 0),
        ("max_seconds", 0), ("max_seconds", float("nan")), ("max_seconds", "60"), ("goal", 1.01), ("goal", -0.1),
        ("due_at", float("inf")), ("due_at", -1), ("are_names_shown", "yes"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_valid_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"`{name}`"):
        made(**{name: value})


@pytest.mark.parametrize("assignment_id", ["../x", "a-1234567", "a-1234567g", "p-12345678", None])
def test_an_assignment_has_an_id_of_ours(assignment_id: Any) -> None:
    with pytest.raises(ConfigError, match="`id`"):
        dataclasses.replace(made(), assignment_id=assignment_id)


def test_a_text_keeps_its_lines_and_loses_what_is_invisible() -> None:
    assert made(text="\n1. a\u202eb\n\n\t- c\x00  \n").text == "1. ab\n\n    - c"
    assert made(title=" Two\nlines ").title == "Two lines"


# On disk --------------------------------------------------------------------------------------------------------------


def test_what_is_saved_comes_back(kept: Assignments, tmp_path: Path) -> None:
    full = made(text="Zoë's\n", max_parameters=1000, max_epochs=5, max_seconds=60, goal=0.99, due_at=1e9,
                are_names_shown=True)  # fmt: skip
    for assignment in (made(), full):
        kept.save(assignment)
        assert Assignments(tmp_path).get(assignment.assignment_id) == assignment
        document = json.loads((tmp_path / "assignments" / f"{assignment.assignment_id}.json").read_bytes())
        assert document["schema"] == 1


def test_the_newest_assignment_comes_first(kept: Assignments) -> None:
    assert kept.list() == ()
    for title, created_at in (("second", 2.0), ("third", 3.0), ("first", 1.0)):
        kept.save(dataclasses.replace(made(title=title), created_at=created_at))
    assert [assignment.title for assignment in kept.list()] == ["third", "second", "first"]


def test_an_assignment_is_replaced_and_deleted(kept: Assignments) -> None:
    first, other = made(), made()
    kept.save(other)
    kept.save(first)
    kept.save(dataclasses.replace(first, title="Changed"))
    assert kept.get(first.assignment_id).title == "Changed"
    kept.delete(first.assignment_id)
    kept.delete(first.assignment_id)
    assert kept.list() == (other,)
    with pytest.raises(ClassError, match="no assignment"):
        kept.get(first.assignment_id)


@pytest.mark.parametrize("assignment_id", ["../class", "", "a-00000000", "a-00000000.json", None])
def test_only_an_id_becomes_a_path(kept: Assignments, tmp_path: Path, assignment_id: Any) -> None:
    (tmp_path / "class.json").write_text("{}")
    with pytest.raises(ClassError, match="There is no assignment"):
        kept.get(assignment_id)
    kept.delete(assignment_id)
    assert [path.name for path in tmp_path.iterdir()] == ["class.json"]


def test_there_is_room_for_so_many(kept: Assignments, monkeypatch: pytest.MonkeyPatch) -> None:
    assert module.MAX_ASSIGNMENTS == 200
    monkeypatch.setattr(module, "MAX_ASSIGNMENTS", 2)
    first = made()
    kept.save(first)
    kept.save(made())
    with pytest.raises(ClassError, match="too many assignments"):
        kept.save(made())
    kept.save(dataclasses.replace(first, title="Changed"))
    assert len(kept.list()) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda document: b"", lambda document: b"[]", lambda document: b"\xff", lambda document: b"[" * 100_000,
        lambda document: json.dumps({**document, "schema": 2}).encode(),
        lambda document: json.dumps({**document, "goal": "high"}).encode(),
        lambda document: json.dumps({**document, "title": None}).encode(),
        lambda document: json.dumps({**document, "unheard_of": 1}).encode(),
        lambda document: json.dumps({name: value for name, value in document.items() if name != "sha256"}).encode(),
    ],
)  # fmt: skip
def test_an_unreadable_assignment_is_left_out(kept: Assignments, change: Any) -> None:
    good, bad = made(), made()
    kept.save(good)
    kept.save(bad)
    path = kept.folder / f"{bad.assignment_id}.json"
    assert len(kept.list()) == 2
    path.write_bytes(change(json.loads(path.read_bytes())))
    assert kept.list() == (good,)
    with pytest.raises(ClassError, match="no assignment"):
        kept.get(bad.assignment_id)


def test_a_file_of_another_name_is_no_assignment(kept: Assignments) -> None:
    good = made()
    kept.save(good)
    content = (kept.folder / f"{good.assignment_id}.json").read_bytes()
    for name in ("a-copy.json", "a-0000000g.json", ".a-00000000.json"):
        (kept.folder / name).write_bytes(content)
    assert kept.list() == (good,)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClassError, match="The assignments cannot be saved in"):
        Assignments(tmp_path / "file").save(made())


# Which runs count -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """A finished run of 4 epochs and 2 minutes, completed at 1,000 seconds."""
    store = RunStore(tmp_path_factory.mktemp("runs"))
    run_id = finished_run(store)
    store.update(run_id, lambda document: document["summary"].update(train_seconds=120.0))
    return store.set(run_id, finished_at=1000.0)


def for_run(run: RunRecord, **values: Any) -> Assignment:
    assert run.dataset is not None
    return made(dataset=run.dataset.name, sha256=run.dataset.sha256, **values)


def test_a_run_at_every_limit_counts(run: RunRecord) -> None:
    limits = {"max_parameters": run.summary.parameters, "max_epochs": 4, "max_seconds": 120, "due_at": 1000}
    for assignment in (for_run(run), for_run(run, **limits)):
        assert reason_against(assignment, run) == ""
        assert is_within(assignment, run)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sha256": SHA256}, "data set"),
        ({"max_parameters": 6809}, "6,810 parameters, more than 6,809"),  # 4 * (9 + 1) and 10 * (4 * 13 * 13 + 1)
        ({"max_epochs": 3}, "4 epochs, more than 3"),
        ({"max_seconds": 119.5}, "more than 119.5 seconds"),
        ({"due_at": 999.5}, "due"),
    ],
)
def test_a_run_beyond_a_limit_does_not_count(run: RunRecord, values: dict[str, Any], words: str) -> None:
    assignment = dataclasses.replace(for_run(run), **values)
    reason = reason_against(assignment, run)
    assert words in reason
    assert reason.endswith(".")
    assert reason.count(".") == 1 + words.count(".")
    assert not is_within(assignment, run)


@pytest.mark.parametrize("status", [status for status in RunStatus if status is not RunStatus.COMPLETED])
def test_only_a_completed_run_counts(run: RunRecord, status: RunStatus) -> None:
    assert "not completed" in reason_against(for_run(run), dataclasses.replace(run, status=status))


def test_a_run_from_elsewhere_or_without_scores_does_not_count(run: RunRecord) -> None:
    imported = dataclasses.replace(run, document={**run.document, "imported": {"at": 1.0, "kind": "capsule"}})
    assert "imported" in reason_against(for_run(run), imported)
    for name in ("validation_accuracy", "test_accuracy"):
        cleared: Any = {name: None}
        unscored = dataclasses.replace(run, summary=dataclasses.replace(run.summary, **cleared))
        assert "no scores" in reason_against(for_run(run), unscored)
    assert "data set" in reason_against(for_run(run), dataclasses.replace(run, dataset=None))


def test_what_is_not_known_does_not_count_against_a_limit(run: RunRecord) -> None:
    unknown = dataclasses.replace(run, finished_at=None)
    assert is_within(for_run(run), unknown)
    assert "due" in reason_against(for_run(run, due_at=2000), unknown)
    damaged: Any = "yesterday"
    assert "due" in reason_against(for_run(run, due_at=2000), dataclasses.replace(run, finished_at=damaged))
    untimed = dataclasses.replace(run, summary=dataclasses.replace(run.summary, train_seconds=None))
    assert "seconds" in reason_against(for_run(run, max_seconds=60), untimed)
