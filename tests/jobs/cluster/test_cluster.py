"""Runs on a real cluster of three workers: trained, stopped, moved when a machine is lost, and never twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from benchmarks.cluster_machines import REAL_WORKER, Machines
from benchmarks.killing import Findings, look_at_end, new_run
from mnist_core.jobs import queue
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.runs.events import read_events
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.jobs.cluster.conftest import Connect, hand_out_until, needs_dask
from tests.jobs.conftest import events_of, small_config
from tests.waiting import wait_until

pytestmark = [needs_dask, pytest.mark.slow]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    """A scheduler and three workers, whose trainings take a second."""
    with Machines(tmp_path / "machines", worker="benchmarks.fast_worker") as machines:
        machines.start_all(("a", "b", "c"))
        yield machines


@pytest.fixture
def executor(machines: Machines, connect: Connect) -> ClusterExecutor:
    executor = connect(machines.file)
    wait_until(lambda: executor.state().places == 3)
    return executor


def holder_of(executor: ClusterExecutor, run_id: str) -> str:
    """The name of the worker that trains a run; empty if none does."""
    return next((worker.name for worker in executor.state().workers if run_id in worker.run_ids), "")


def assert_whole(store: RunStore, run_id: str, epochs: int) -> None:
    """Every epoch once, with the weights of an undisturbed training, and one writer at a time."""
    findings = Findings()
    look_at_end(store, run_id, epochs, findings)
    assert findings.is_clean, findings
    seqs = [event["seq"] for event in read_events(store.folder(run_id) / "events.jsonl").events]
    assert seqs == list(range(1, len(seqs) + 1))


def test_the_run_of_a_lost_worker_is_resumed_on_another(
    store: RunStore, machines: Machines, executor: ClusterExecutor
) -> None:
    lost, other = new_run(store, 12), new_run(store, 3)
    hand_out_until(lambda: len(events_of(store, lost, "epoch")) >= 2, store, executor)
    assert queue.queued(store) == ()
    wait_until(lambda: holder_of(executor, lost) != "")
    name = holder_of(executor, lost)
    machines.kill(name)
    hand_out_until(lambda: store.get(lost).status is RunStatus.COMPLETED, store, executor)
    hand_out_until(lambda: store.get(other).status is RunStatus.COMPLETED, store, executor)
    assert_whole(store, lost, 12)
    assert_whole(store, other, 3)
    assert (store.get(lost).attempt, store.get(other).attempt) == (2, 1)
    wait_until(lambda: executor.state().lost != ())
    state = executor.state()
    assert {worker.name for worker in state.workers} == {"a", "b", "c"} - {name}
    assert [(worker.name, worker.run_ids) for worker in state.lost] == [(name, (lost,))]


@pytest.mark.thorough
def test_no_more_runs_are_handed_out_than_there_are_places(store: RunStore, executor: ClusterExecutor) -> None:
    ids = [new_run(store, 4) for _ in range(5)]
    queue.dispatch(store, executor)
    assert [run.run_id for run in queue.queued(store)] == ids[3:]
    queue.dispatch(store, executor)
    assert len(queue.queued(store)) == 2
    hand_out_until(lambda: all(store.get(run_id).status is RunStatus.COMPLETED for run_id in ids), store, executor)
    for run_id in ids:
        assert_whole(store, run_id, 4)
        assert store.get(run_id).attempt == 1


@pytest.mark.thorough
def test_a_run_is_stopped_before_and_while_it_trains(store: RunStore, executor: ClusterExecutor) -> None:
    waiting, training = new_run(store, 500), new_run(store, 500)
    queue.dispatch(store, executor)
    queue.stop(store, waiting)
    assert store.get(waiting).status is RunStatus.STOPPED
    wait_until(lambda: events_of(store, training, "epoch") != [])
    queue.stop(store, training)
    wait_until(lambda: store.get(training).status is RunStatus.STOPPED)
    wait_until(lambda: all(worker.run_ids == () for worker in executor.state().workers))
    queue.dispatch(store, executor)
    assert events_of(store, waiting, "epoch") == []
    assert store.get(waiting).attempt == 0


@pytest.mark.thorough
def test_a_machine_that_is_wanted_back_gives_its_run_to_another(store: RunStore, executor: ClusterExecutor) -> None:
    """A batch system asks all processes to end; the run goes on, it is not stopped."""
    run_id = new_run(store, 12)
    hand_out_until(lambda: events_of(store, run_id, "epoch") != [], store, executor)
    training_of(store, run_id).terminate()
    hand_out_until(lambda: store.get(run_id).status is RunStatus.COMPLETED, store, executor)
    assert_whole(store, run_id, 12)


def training_of(store: RunStore, run_id: str) -> psutil.Process:
    """The process that trains a run."""
    from mnist_core.jobs.control import holder

    found: list[psutil.Process] = []

    def is_there() -> bool:
        process = holder(store.folder(run_id))
        found.extend([process] if process else [])
        return bool(found)

    wait_until(is_there)
    return found[0]


@pytest.mark.thorough
def test_a_training_that_dies_again_and_again_fails_with_a_sentence(store: RunStore, executor: ClusterExecutor) -> None:
    run_id = new_run(store, 500)
    for number in range(1, 5):
        hand_out_until(lambda number=number: len(events_of(store, run_id, "status")) == number, store, executor)  # type: ignore[misc]
        training_of(store, run_id).kill()
    hand_out_until(lambda: store.get(run_id).status is RunStatus.FAILED, store, executor)
    assert "signal 9" in (store.get(run_id).error or "")
    assert store.get(run_id).cluster_task == ""


@pytest.mark.thorough
def test_what_a_lost_scheduler_forgets_is_handed_out_again(
    store: RunStore, machines: Machines, executor: ClusterExecutor
) -> None:
    ids = [new_run(store, 12) for _ in range(4)]
    hand_out_until(lambda: all(events_of(store, run_id, "epoch") for run_id in ids[:3]), store, executor)
    machines.kill_scheduler()
    wait_until(lambda: executor.state().problem != "")
    machines.start_scheduler()
    machines.start_worker("d")
    hand_out_until(lambda: all(store.get(run_id).status is RunStatus.COMPLETED for run_id in ids), store, executor)
    for run_id in ids:
        assert_whole(store, run_id, 12)


@pytest.mark.thorough
def test_a_new_server_takes_up_what_the_one_before_has_handed_out(
    store: RunStore, machines: Machines, executor: ClusterExecutor, connect: Connect
) -> None:
    run_id = new_run(store, 12)
    hand_out_until(lambda: events_of(store, run_id, "epoch") != [], store, executor)
    executor.close()
    second = connect(machines.file)
    wait_until(lambda: second.state().places == 3)
    assert holder_of(second, run_id)
    hand_out_until(lambda: store.get(run_id).status is RunStatus.COMPLETED, store, second)
    assert_whole(store, run_id, 12)
    assert store.get(run_id).attempt == 1


@pytest.mark.thorough
def test_a_training_that_was_cut_off_does_not_write_beside_its_successor(
    store: RunStore, machines: Machines, executor: ClusterExecutor
) -> None:
    """Where locks do not hold: the training stands still while its machine is lost, and wakes up later."""
    run_id = new_run(store, 20)
    hand_out_until(
        lambda: events_of(store, run_id, "epoch") != [] and holder_of(executor, run_id) != "", store, executor
    )
    old = training_of(store, run_id)
    os.kill(old.pid, signal.SIGSTOP)
    for lock in ("lock", ".write-lock"):
        (store.folder(run_id) / lock).unlink()
    try:
        machines.kill(holder_of(executor, run_id))
        hand_out_until(lambda: store.get(run_id).attempt == 2, store, executor)
    finally:
        os.kill(old.pid, signal.SIGCONT)  # it ends by itself, because its machine is lost
    hand_out_until(lambda: store.get(run_id).status is RunStatus.COMPLETED, store, executor)
    assert_whole(store, run_id, 20)
    old.wait(10)


@pytest.mark.thorough
def test_a_real_training_is_resumed_on_another_machine(store: RunStore, tmp_path: Path, connect: Connect) -> None:
    with Machines(tmp_path / "real", worker=REAL_WORKER) as machines:
        machines.start_scheduler()
        machines.start_worker("a")
        executor = connect(machines.file)
        run_id = store.create(small_config(epochs=6, batch_size=1))  # slow enough to be there when its machine is lost
        hand_out_until(lambda: events_of(store, run_id, "epoch") != [], store, executor, seconds=120)
        machines.start_worker("b")
        wait_until(lambda: executor.state().places == 2)
        machines.kill("a")
        hand_out_until(lambda: store.get(run_id).status is RunStatus.COMPLETED, store, executor, seconds=120)
    run = store.get(run_id)
    assert [event["epoch"] for event in events_of(store, run_id, "epoch")] == [1, 2, 3, 4, 5, 6]
    assert run.attempt == 2
    assert run.summary.test_accuracy is not None
