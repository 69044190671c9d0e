"""The tuner and the real queue: what a look after the other does to workers, and who has started a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mnist_core.jobs import queue
from mnist_core.jobs.control import STOP_PATIENCE_SECONDS, is_asked_to_stop
from mnist_core.jobs.launcher import begin
from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from mnist_core.tuning.running import Order, QueueRunner
from mnist_core.tuning.storage import open_study
from mnist_core.tuning.study import study_folder
from mnist_core.tuning.trials import TrialState
from mnist_core.tuning.tuner import Tuner
from tests.tuning.conftest import Make, base_config


def held(store: RunStore, run_id: str) -> int:
    """The lock of a run whose worker has begun; closing it is the end of the worker."""
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    begin(store, run_id)
    return lock


@pytest.fixture
def busy(store: RunStore) -> Iterator[str]:
    """A run in training, for as long as the test lasts."""
    run_id = store.create(base_config())
    lock = held(store, run_id)
    yield run_id
    os.close(lock)


@pytest.fixture
def worker(store: RunStore, busy: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is signed as the worker of the busy run, and does not listen."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(300)"])
    signed = {"pid": process.pid, "started": psutil.Process(process.pid).create_time()}
    (store.folder(busy) / "lock").write_text(json.dumps(signed))
    yield process
    process.kill()
    process.wait()


def long_ago(path: Path) -> None:
    when = time.time() - 2 * STOP_PATIENCE_SECONDS
    os.utime(path, (when, when))


def test_only_a_person_kills_a_worker_that_takes_long_to_stop(
    store: RunStore, busy: str, worker: subprocess.Popen[bytes]
) -> None:
    runner, request = QueueRunner(store), store.folder(busy) / "stop"
    runner.stop(busy)
    long_ago(request)
    for _ in range(3):  # looks of a search that has been told to stop
        runner.stop(busy)
    assert worker.poll() is None
    assert is_asked_to_stop(store.folder(busy))
    assert "was killed" in queue.stop(store, busy)
    assert not psutil.pid_exists(worker.pid)


def test_a_run_that_is_being_trained_has_been_started(store: RunStore, busy: str) -> None:
    assert QueueRunner(store).start(busy)


def test_a_worker_that_has_stopped_is_waited_for_before_its_run_is_started(store: RunStore, busy: str) -> None:
    store.set(busy, status="stopped")  # and it still holds the lock
    assert not QueueRunner(store).start(busy)


def test_a_trial_that_the_queue_has_started_by_itself_obeys_a_person(store: RunStore, make_study: Make) -> None:
    locks: list[int] = []

    class Overtaken(QueueRunner):
        def start(self, run_id: str) -> bool:
            locks.append(held(self.store, run_id))  # as the dispatcher of another process, as soon as it is made
            return super().start(run_id)

    study = make_study(trials=1)
    folder = study_folder(store.root, study.name)
    tuner = Tuner(store, study, folder, open_study(study, folder, None), Overtaken(store))
    (run_id,) = tuner.step(Order.GO)
    store.set(run_id, status="stopped")
    os.close(locks.pop())
    assert tuner.step(Order.GO) == ()
    assert [note.state for note in tuner.note()] == [TrialState.PRUNED]
    assert not locks, "the run was started against the will of the person"
