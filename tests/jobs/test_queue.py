"""The queue: order, places, and that nothing ever starts twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mnist_core.environment import child_environment
from mnist_core.errors import ConfigError, RunError
from mnist_core.jobs import queue
from mnist_core.jobs.adjusting import adjust
from mnist_core.jobs.control import read_requests, request_adjustments, request_pause
from mnist_core.locks import try_lock
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import Adjustments, Requests
from tests.jobs.conftest import events_of, small_config
from tests.waiting import wait_until


@pytest.fixture
def busy(store: RunStore) -> Iterator[str]:
    """A run whose lock this test holds, as its worker would: the only place is taken."""
    run_id = store.create(small_config())
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    store.set(run_id, status="running")
    yield run_id
    os.close(lock)


def test_runs_wait_in_the_order_of_their_making_until_moved(store: RunStore, busy: str) -> None:
    ids = [store.create(small_config()) for _ in range(3)]
    for run_id in ids:
        queue.enqueue(store, run_id)
    assert [run.run_id for run in queue.queued(store)] == ids
    queue.move(store, ids[2], -1)
    assert [run.run_id for run in queue.queued(store)] == [ids[0], ids[2], ids[1]]
    queue.move(store, ids[0], 99)
    assert [run.run_id for run in queue.queued(store)] == [ids[2], ids[1], ids[0]]


def test_a_cancelled_run_leaves_the_queue(store: RunStore, busy: str) -> None:
    run_id = store.create(small_config())
    queue.enqueue(store, run_id)
    assert "removed from the queue" in queue.stop(store, run_id)
    assert queue.queued(store) == ()
    assert store.get(run_id).status is RunStatus.STOPPED


def test_nothing_starts_while_the_place_is_taken(store: RunStore, busy: str) -> None:
    run_id = store.create(small_config())
    assert queue.dispatch(store) == ()
    assert not store.is_worked_on(run_id)


def trained(store: RunStore, status: str, *, done: int, **training: object) -> str:
    """A run that has trained some epochs, as its record has it."""
    run_id = store.create(small_config(**training))
    store.update(run_id, lambda d: d.update(status=status, summary={"parameters": 1, "epochs_done": done}))
    return run_id


@pytest.fixture
def two_paused(store: RunStore) -> Iterator[tuple[str, str]]:
    """Two paused runs whose locks this test holds, as their workers would that wait to go on."""
    ids = store.create(small_config()), store.create(small_config())
    locks = [try_lock(store.folder(run_id) / "lock") for run_id in ids]
    for run_id in ids:
        request_pause(store.folder(run_id))
        store.set(run_id, status="paused")
    yield ids
    for lock in locks:
        assert lock is not None
        os.close(lock)


def test_a_resumed_run_takes_its_place_at_once(store: RunStore, two_paused: tuple[str, str]) -> None:
    first, second = two_paused
    queue.resume(store, first)
    with pytest.raises(RunError, match="Another run is training"):
        queue.resume(store, second)
    assert queue.dispatch(store) == ()
    queue.resume(store, first)  # a second click is no mistake


def test_a_paused_run_resumes_with_the_requested_adjustments(store: RunStore, two_paused: tuple[str, str]) -> None:
    folder = store.folder(two_paused[0])
    with pytest.raises(ConfigError, match="epochs"):
        queue.resume(store, two_paused[0], Adjustments(epochs=-5))
    assert read_requests(folder).pause
    queue.resume(store, two_paused[0], Adjustments(epochs=9))
    assert read_requests(folder) == Requests(adjustments=Adjustments(epochs=9))


def test_a_full_queue_leaves_what_has_been_trained_as_it_is(
    store: RunStore, busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MAX_QUEUED", 1)
    queue.enqueue(store, store.create(small_config()))
    done = trained(store, "completed", done=3)
    with pytest.raises(RunError, match="The queue is full"):
        queue.resume(store, done, Adjustments(epochs=5))
    assert store.get(done).status is RunStatus.COMPLETED
    assert store.get(done).adjustments == Adjustments()
    with pytest.raises(RunError, match="is being trained already"):
        queue.enqueue(store, busy)
    assert store.get(busy).status is RunStatus.RUNNING
    new = store.create(small_config())
    with pytest.raises(RunError, match="The queue is full"):
        queue.enqueue(store, new)
    assert store.get(new).status is RunStatus.STOPPED


def test_new_requests_count_and_not_those_left_by_a_killed_worker(store: RunStore, busy: str) -> None:
    run_id = trained(store, "interrupted", done=2, epochs=20)
    request_adjustments(store.folder(run_id), Adjustments(epochs=2, learning_rate=0.5))
    queue.resume(store, run_id, Adjustments(epochs=7))
    assert store.get(run_id).adjustments == Adjustments(epochs=7, learning_rate=0.5, patience_from=2)
    assert read_requests(store.folder(run_id)) == Requests()


def test_a_run_is_never_shorter_than_what_it_has_trained(store: RunStore) -> None:
    run_id = trained(store, "stopped", done=2, epochs=20)
    adjust(store, run_id, Adjustments(epochs=1))
    assert store.get(run_id).epochs == 2


@pytest.mark.parametrize("parallel", [0, 9, True, "2", None, 1.5])
def test_a_wrong_number_of_places_is_refused(store: RunStore, parallel: object) -> None:
    store.create(small_config())
    with pytest.raises(ConfigError, match="parallel"):
        queue.set_parallel(store, parallel)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"parallel": "x", "order": 7}', '{"parallel": 1}', "[" * 5000])
def test_a_damaged_queue_file_means_the_defaults(store: RunStore, content: str) -> None:
    store.root.mkdir()
    (store.root / "queue.json").write_text(content)
    assert queue.read_settings(store) == queue.QueueSettings()


def test_a_completed_run_needs_more_epochs_to_resume(store: RunStore) -> None:
    run_id = store.create(small_config(epochs=3))
    store.update(run_id, lambda d: d.update(status="completed", summary={"parameters": 1, "epochs_done": 3}))
    with pytest.raises(RunError, match="has trained 3 of 3 epochs"):
        queue.resume(store, run_id)
    with pytest.raises(ConfigError, match="epochs"):
        queue.resume(store, run_id, Adjustments(epochs=0))


def test_stop_on_a_finished_run_changes_nothing(store: RunStore) -> None:
    run_id = store.create(small_config())
    store.set(run_id, status="completed")
    assert "is not training" in queue.stop(store, run_id)
    assert store.get(run_id).status is RunStatus.COMPLETED


LAUNCH_MANY = """
import sys
from pathlib import Path
from mnist_core.jobs.queue import dispatch
from mnist_core.runs.store import RunStore
store = RunStore(Path(sys.argv[1]))
for _ in range(100):
    dispatch(store)
"""


@pytest.mark.slow
def test_two_servers_never_start_a_run_twice_nor_two_at_once(store: RunStore) -> None:
    """Two processes look for work 100 times each, on runs that fail at once because their data set is not there."""
    import dataclasses

    config = dataclasses.replace(small_config(), dataset="not-there")
    ids = [store.create(config) for _ in range(4)]
    command = [sys.executable, "-c", LAUNCH_MANY, str(store.root)]
    servers = [subprocess.Popen(command, env=child_environment()) for _ in range(2)]
    assert [server.wait(timeout=60) for server in servers] == [0, 0]
    # A worker that ends starts the next one, so all of them come to their end without any server.
    wait_until(lambda: all(store.get(run_id).status is RunStatus.FAILED for run_id in ids), seconds=60)
    spans = sorted(tuple(event["time"] for event in events_of(store, run_id, "status")) for run_id in ids)
    assert all(earlier[1] <= later[0] for earlier, later in zip(spans, spans[1:], strict=False)), spans
    for run_id in ids:
        statuses = [event["status"] for event in events_of(store, run_id, "status")]
        assert statuses == ["running", "failed"], statuses
        assert "not-there" in (store.get(run_id).error or "")
        assert json.loads((store.root / run_id / "run.json").read_text())["attempt"] == 1


@pytest.mark.slow
def test_a_worker_that_cannot_start_is_not_started_for_ever(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken Python: the process ends before it can write anything."""
    run_id = store.create(small_config())
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (worker,) = queue.dispatch(store)
    worker.wait(timeout=10)
    assert store.get(run_id).status is RunStatus.INTERRUPTED
    assert queue.dispatch(store) == ()


def test_a_paused_run_is_resumed_only_in_a_free_place(store: RunStore, busy: str) -> None:
    paused = store.create(small_config())
    lock = try_lock(store.folder(paused) / "lock")
    assert lock is not None
    store.set(paused, status="paused")
    request_pause(store.folder(paused))
    with pytest.raises(RunError, match="Another run is training"):
        queue.resume(store, paused)
    queue.set_parallel(store, 2)
    queue.resume(store, paused)
    os.close(lock)
