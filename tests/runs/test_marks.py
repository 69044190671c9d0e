"""Names, tags, notes, stars and the archive: what a person says of a run, beside a worker and other tabs."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from mnist_core.errors import ConfigError, RunError, RunNotFoundError
from mnist_core.runs import marks
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

CONFIG = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=2)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def test_marks_are_in_the_run_directory_and_in_the_index(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    marks.rename(store, run_id, "  My\nrun \u202e")
    marks.tag(store, run_id, add=["best", "wide", "best"])
    marks.tag(store, run_id, add=["talk"], remove=["wide", "never there"])
    marks.set_note(store, run_id, "first line\n<b>second</b>\x00")
    marks.star(store, run_id)
    marks.archive(store, run_id)
    document = json.loads((store.root / run_id / "run.json").read_text())
    wanted = ("My run", ["best", "talk"], "first line\n<b>second</b>", True, True)
    assert tuple(document[name] for name in ("name", "tags", "note", "starred", "archived")) == wanted
    (row,) = RunStore(store.root).index.rows()
    assert (row.name, list(row.tags), row.note, row.is_starred, row.is_archived) == wanted
    marks.star(store, run_id, is_starred=False)
    marks.archive(store, run_id, is_archived=False)
    run = marks.rename(store, run_id, "")
    assert (run.is_starred, run.is_archived, run.title) == (False, False, "lenet-5 · 2 epochs")


@pytest.mark.parametrize("length", [81, 10_000])
def test_a_name_that_is_too_long_is_refused(store: RunStore, length: int) -> None:
    run_id = store.create(CONFIG, name="old")
    with pytest.raises(ConfigError, match=r"at most 80 characters. Received: [0-9,]+\.$"):
        marks.rename(store, run_id, "x" * length)
    assert store.get(run_id).name == "old"


def test_bad_tags_and_notes_are_refused(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    for bad in ("", " \n", "\u202e", "x" * 41):
        with pytest.raises(ConfigError):
            marks.tag(store, run_id, add=[bad])
    with pytest.raises(ConfigError, match="at most 20"):
        marks.tag(store, run_id, add=[str(number) for number in range(21)])
    with pytest.raises(ConfigError):
        marks.set_note(store, run_id, "x" * 2001)
    with pytest.raises(RunNotFoundError):
        marks.star(store, "../../etc")
    assert store.get(run_id).tags == ()


def test_a_name_that_another_tab_has_given_is_not_overwritten(store: RunStore) -> None:
    run_id = store.create(CONFIG, name="old")
    marks.rename(store, run_id, "first", instead_of="old")
    with pytest.raises(RunError, match="first"):
        marks.rename(store, run_id, "second", instead_of="old")
    assert store.get(run_id).name == "first"


def test_a_worker_and_two_tabs_lose_nothing(store: RunStore) -> None:
    """All write at the same time, with stores of their own."""
    run_id = store.create(CONFIG)

    def train() -> None:
        for epoch in range(30):
            RunStore(store.root).update(run_id, lambda d, n=epoch: d["summary"].update(epochs_done=n + 1))

    def add(prefix: str) -> None:
        for number in range(10):
            marks.tag(RunStore(store.root), run_id, add=[f"{prefix}{number}"])

    threads = [threading.Thread(target=train), *(threading.Thread(target=add, args=(p,)) for p in "ab")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = store.get(run_id)
    assert set(run.tags) == {f"{prefix}{number}" for prefix in "ab" for number in range(10)}
    assert run.summary.epochs_done == 30


@pytest.mark.parametrize("value", [None, 7, "best", [1, None, {"a": 1}], ["\ud800", "ok"], ["x" * 10_000]])
def test_damaged_marks_do_not_damage_the_run(store: RunStore, value: object) -> None:
    run_id = store.create(CONFIG)
    store.set(run_id, tags=value, note=value, starred=value, archived=value)
    run = RunStore(store.root).get(run_id)
    assert not run.is_starred
    assert all(0 < len(text) <= 40 and text.isprintable() for text in run.tags)
    assert len(store.index.rows()) == 1
