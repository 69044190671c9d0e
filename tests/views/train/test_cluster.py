"""What Train shows of a cluster: nothing without one, why it cannot be used, or its workers and their runs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.cluster_machines import Machines
from benchmarks.killing import new_run
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.jobs.control import request_stop
from mnist_core.jobs.executors import chosen_cluster
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.jobs.cluster.conftest import hand_out_until, needs_dask
from tests.pages.finding import assert_sound, is_shown, links, says
from tests.pages.opening import OpenPage
from tests.waiting import wait_until

PANEL = "train.cluster"


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@contextmanager
def stated(monkeypatch: pytest.MonkeyPatch, address: str) -> Iterator[ClusterExecutor]:
    """The cluster that the environment names, until the test ends."""
    monkeypatch.setenv("MNIST_STUDIO_CLUSTER", address)
    executor = chosen_cluster()
    assert executor is not None
    yield executor
    executor.close()


def test_without_a_cluster_there_is_nothing_of_it(open_page: OpenPage, store: RunStore) -> None:
    app = open_page("train", run=new_run(store, 3))
    assert_sound(app)
    assert not is_shown(app, PANEL)
    assert is_shown(app, "train.parallel")


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch, runs_folder: Path) -> Iterator[str]:
    """An address at which nobody listens, stated as the cluster."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
    with stated(monkeypatch, address) as executor:
        wait_until(lambda: executor.state().problem != "", seconds=5)
        yield address


@needs_dask
def test_a_cluster_that_cannot_be_used_says_why_and_the_queue_stays_here(
    open_page: OpenPage, store: RunStore, unreachable: str
) -> None:
    app = open_page("train", run=new_run(store, 3))
    assert_sound(app)
    panel = app.get_by_key(PANEL)
    assert len(panel.warning) == 1
    assert says(panel, unreachable.rpartition(":")[2])
    assert is_shown(app, "train.parallel")


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch, runs_folder: Path, tmp_path: Path) -> Iterator[Machines]:
    """Two workers, stated as the cluster; the name of one is markup."""
    runs_folder.mkdir(parents=True, exist_ok=True)
    with Machines(tmp_path / "machines", worker="benchmarks.fast_worker") as machines:
        machines.start_all(("first", "<b>*second*"))
        with stated(monkeypatch, str(machines.file)) as executor:
            wait_until(lambda: executor.state().places == 2)
            yield machines


@needs_dask
@pytest.mark.slow
@pytest.mark.thorough
def test_workers_are_shown_with_what_they_train_and_what_became_of_a_lost_one(
    open_page: OpenPage, store: RunStore, machines: Machines
) -> None:
    executor = chosen_cluster()
    assert executor is not None
    run_id = new_run(store, 500)
    store.set(run_id, name="A [link](http://x) run")
    hand_out_until(lambda: any(worker.run_ids for worker in executor.state().workers), store, executor)
    app = open_page("train", run=run_id)
    assert_sound(app)
    panel = app.get_by_key(PANEL)
    assert ("train", {"run": run_id}) in [(page, {"run": url.get("run")}) for page, url in links(panel)]
    assert says(panel, "2", "1")  # workers, places in use
    assert says(panel, "<b>*second*")
    assert not is_shown(app, "train.parallel")
    busy = next(worker.name for worker in executor.state().workers if worker.run_ids)
    machines.kill(busy)
    hand_out_until(lambda: store.get(run_id).attempt == 2, store, executor)
    wait_until(lambda: executor.state().lost != ())
    wait_until(lambda: any(worker.run_ids for worker in executor.state().workers))
    panel = app.run().get_by_key(PANEL)
    other = next(worker.name for worker in executor.state().workers)
    assert says(panel, busy, other)
    request_stop(store.folder(run_id))
    hand_out_until(lambda: store.get(run_id).status is RunStatus.STOPPED, store, executor)
