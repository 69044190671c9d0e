"""What is recorded from the creation of a run to the start of its training."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mnist_core import processes
from mnist_core.jobs import worker
from mnist_core.jobs.queue import enqueue
from mnist_core.runs import store as store_module
from mnist_core.runs.fencing import Attempt
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.jobs.conftest import events_of, small_config


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The status in each `run.json` that is written from now on."""
    found: list[str] = []
    real = store_module.write_json

    def note(path: Path, value: Any) -> None:
        if path.name == "run.json":
            found.append(value["status"])
        real(path, value)

    monkeypatch.setattr(store_module, "write_json", note)
    return found


@pytest.fixture
def worker_in_this_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], RunStatus]], None]:
    """Lets the launcher run the worker here, with something else in place of its training."""

    def use(train: Callable[[], RunStatus]) -> None:
        def start(module: str, folder: str, _lock: str, lock: str, _attempt: str, attempt: str, **_: Any) -> object:
            store = RunStore(Path(folder).parent)
            inherited = os.dup(int(lock))
            try:
                worker.work(store, Path(folder).name, inherited, Attempt.parse(attempt))
            finally:
                os.close(inherited)
            return SimpleNamespace(poll=lambda: 0)

        monkeypatch.setattr(processes, "start", start)
        monkeypatch.setattr(worker, "train", lambda *_: train())
        monkeypatch.setattr(worker, "lower_priority", lambda: None)
        monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
        monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)

    return use


def test_a_run_is_written_as_queued_and_as_running_before_it_trains(
    store: RunStore, written: list[str], worker_in_this_process: Callable[[Callable[[], RunStatus]], None]
) -> None:
    until_training: list[str] = []

    def train() -> RunStatus:
        until_training.extend(written)
        return RunStatus.STOPPED

    worker_in_this_process(train)
    run_id = store.create(small_config())
    enqueue(store, run_id)
    assert until_training == ["queued", "running"]
    assert written == ["queued", "running", "stopped"]
    assert store.get(run_id).attempt == 1
    assert [event["status"] for event in events_of(store, run_id, "status")] == ["running", "stopped"]


def test_a_run_whose_process_cannot_be_started_is_interrupted_and_not_queued_for_ever(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(processes, "start", refuse)
    run_id = store.create(small_config())
    enqueue(store, run_id)
    assert store.get(run_id).status is RunStatus.INTERRUPTED


def test_a_change_that_changes_nothing_is_not_written(store: RunStore, written: list[str]) -> None:
    run_id = store.create(small_config(), name="old")
    store.set(run_id, name="old", status="queued")
    assert written == ["queued"]
    store.set(run_id, name="new")
    assert store.get(run_id).name == "new"
    assert written == ["queued", "queued"]
