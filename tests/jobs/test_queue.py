"""The queue: order, places, and that nothing ever starts twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_core.environment import child_environment
from mnist_core.errors import ConfigError, RunError, RunLockedError
from mnist_core.jobs import queue
from mnist_core.jobs.adjusting import adjust
from mnist_core.jobs.control import read_requests, request_adjustments, request_pause
from mnist_core.jobs.executors import LOCAL
from mnist_core.jobs.launcher import begin
from mnist_core.locks import exclusive, try_lock
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


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The runs that were started, by whomever; no process trains them, but their locks are held."""
    found, locks = [], []

    def hold(store: RunStore, run_id: str) -> None:
        lock = try_lock(store.folder(run_id) / "lock", patience_seconds=0.1)
        if lock is None:
            raise RunLockedError(run_id)
        locks.append(lock)
        begin(store, run_id)
        found.append(run_id)

    monkeypatch.setattr(queue, "launch", hold)
    monkeypatch.setattr(type(LOCAL), "start", lambda self, store, run_id: hold(store, run_id))
    yield found
    for lock in locks:
        os.close(lock)


@pytest.fixture
def other_server(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another server, which looks for work in the moment in which a run is made."""
    looks: list[threading.Thread] = []
    create = RunStore.create

    def create_and_look(self: RunStore, *arguments: object, **fields: object) -> str:
        run_id = create(self, *arguments, **fields)  # type: ignore[arg-type]
        looks.append(threading.Thread(target=queue.dispatch, args=(RunStore(store.root),)))
        looks[-1].start()
        looks[-1].join(0.3)
        return run_id

    monkeypatch.setattr(RunStore, "create", create_and_look)
    yield
    for look in looks:
        look.join()


@pytest.mark.usefixtures("other_server")
def test_a_new_run_is_started_once_whoever_looks_for_work_meanwhile(store: RunStore, launched: list[str]) -> None:
    run_id = queue.submit(store, small_config(), name="first", tags=["new"])
    wait_until(lambda: launched == [run_id])
    run = store.get(run_id)
    assert (run.name, run.tags, run.status) == ("first", ("new",), RunStatus.RUNNING)
    second = queue.submit(store, small_config())
    assert launched == [run_id]
    assert [run.run_id for run in queue.queued(store)] == [second]


@pytest.mark.usefixtures("other_server")
def test_a_run_that_is_trained_at_once_has_one_worker(store: RunStore, launched: list[str]) -> None:
    first, _ = queue.submit_now(store, small_config(), name="at once")
    assert store.get(first).name == "at once"
    second, _ = queue.submit_now(store, small_config())  # without a place
    assert launched == [first, second]


def test_a_full_queue_takes_no_new_run_and_leaves_none_behind(
    store: RunStore, busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MAX_QUEUED", 1)
    waiting = queue.submit(store, small_config())
    with pytest.raises(RunError, match="The queue is full"):
        queue.submit(store, small_config())
    assert set(store.run_ids()) == {busy, waiting}


@pytest.mark.parametrize("submit", [queue.submit, queue.submit_now])
def test_a_folder_of_runs_that_cannot_be_made_is_one_sentence(tmp_path: Path, submit: Callable[..., object]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="could not be saved"):
        submit(RunStore(tmp_path / "file" / "runs"), small_config())


@pytest.mark.parametrize("act", [queue.enqueue, queue.resume])
def test_a_run_that_somebody_starts_meanwhile_is_not_queued_again(
    store: RunStore, busy: str, act: Callable[[RunStore, str], None]
) -> None:
    run_id = trained(store, "stopped", done=1)
    refusals: list[Exception] = []

    def ask() -> None:
        try:
            act(store, run_id)
        except RunLockedError as error:
            refusals.append(error)

    asking = threading.Thread(target=ask)
    with exclusive(store.root / queue.LOCK):
        asking.start()
        asking.join(0.3)
        lock = try_lock(store.folder(run_id) / "lock")
        assert lock is not None
        begin(store, run_id)
    asking.join()
    os.close(lock)
    assert len(refusals) == 1
    assert json.loads((store.root / run_id / "run.json").read_text())["status"] == "running"


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


@pytest.mark.parametrize("resume", [queue.resume, queue.resume_now])
def test_a_paused_run_keeps_the_epochs_that_it_has_trained(
    store: RunStore, two_paused: tuple[str, str], resume: Callable[..., object]
) -> None:
    run_id = two_paused[0]
    store.update(run_id, lambda document: document["summary"].update(epochs_done=2))
    with pytest.raises(RunError, match="has trained 2 of 1 epochs"):
        resume(store, run_id, Adjustments(epochs=1))
    assert read_requests(store.folder(run_id)) == Requests(pause=True)
    resume(store, run_id, Adjustments(epochs=2))


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
