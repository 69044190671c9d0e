"""Several people's folders of runs on one machine: whose run trains next."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_core.environment import child_environment
from mnist_core.errors import ConfigError, RunError
from mnist_core.jobs import queue
from mnist_core.jobs.control import request_pause
from mnist_core.jobs.executors import QUEUED
from mnist_core.jobs.sharing import SHARED_QUEUE, TURNS, share_places, shared_parallel
from mnist_core.locks import try_lock
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from tests.jobs.conftest import small_config
from tests.waiting import wait_until

Busy = Callable[[RunStore], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    share_places(tmp_path)
    return tmp_path


@pytest.fixture
def ana(folder: Path) -> RunStore:
    return RunStore(folder / "ana")


@pytest.fixture
def ben(folder: Path) -> RunStore:
    return RunStore(folder / "ben")


@pytest.fixture
def busy() -> Iterator[Busy]:
    """Makes a run whose lock this test holds, as its worker would."""
    locks: list[int] = []

    def make(store: RunStore) -> str:
        run_id = store.create(small_config())
        lock = try_lock(store.folder(run_id) / "lock")
        assert lock is not None
        locks.append(lock)
        store.set(run_id, status="running")
        return run_id

    yield make
    for lock in locks:
        os.close(lock)


def enqueued(store: RunStore) -> str:
    run_id = store.create(small_config(epochs=1))
    queue.enqueue(store, run_id)
    return run_id


def test_a_place_that_somebody_else_has_is_taken(ana: RunStore, ben: RunStore, busy: Busy) -> None:
    busy(ana)
    run_id = enqueued(ben)
    assert ben.get(run_id).status is RunStatus.QUEUED
    assert queue.dispatch(ben) == queue.dispatch(ana) == ()


@pytest.mark.thorough
def test_a_folder_beside_that_shares_nothing_has_its_own_places(tmp_path: Path, busy: Busy) -> None:
    one, other = RunStore(tmp_path / "one"), RunStore(tmp_path / "other")
    busy(one)
    run_id = enqueued(other)
    wait_until(lambda: other.get(run_id).status is RunStatus.COMPLETED, seconds=90)


@pytest.mark.thorough
def test_a_worker_that_ends_starts_the_run_of_somebody_else(ana: RunStore, ben: RunStore, folder: Path) -> None:
    first, second = enqueued(ana), enqueued(ben)
    wait_until(lambda: ben.get(second).status is RunStatus.COMPLETED, seconds=180)
    assert (ana.get(first).finished_at or 0) <= (ben.get(second).finished_at or 0)
    assert ana.get(first).status is RunStatus.COMPLETED


def test_whoever_has_fewest_places_comes_first(ana: RunStore, ben: RunStore, folder: Path, busy: Busy) -> None:
    share_places(folder, 2)
    busy(ana), busy(ana)
    waiting = [enqueued(ana), enqueued(ana)]
    later = enqueued(ben)
    assert [queue.runs_ahead(ana, run_id) for run_id in waiting] == [1, 2]
    assert queue.runs_ahead(ben, later) == 0


def test_people_with_equal_places_take_turns(ana: RunStore, ben: RunStore, busy: Busy) -> None:
    busy(RunStore(ana.root.parent / "cem"))
    of_ana = [enqueued(ana) for _ in range(3)]
    of_ben = [enqueued(ben) for _ in range(2)]
    assert [queue.runs_ahead(ana, run_id) for run_id in of_ana] == [0, 2, 4]
    assert [queue.runs_ahead(ben, run_id) for run_id in of_ben] == [1, 3]
    queue.move(ana, of_ana[2], -2)  # everybody has an order of their own
    assert [queue.runs_ahead(ana, run_id) for run_id in of_ana] == [2, 4, 0]
    with pytest.raises(RunError, match="is not in the queue"):
        queue.runs_ahead(ben, of_ana[0])


def test_a_paused_run_waits_until_somebody_else_has_ended(ana: RunStore, ben: RunStore, busy: Busy) -> None:
    paused = busy(ana)
    request_pause(ana.folder(paused))
    ana.set(paused, status="paused")
    busy(ben)
    with pytest.raises(RunError, match="Another run is training"):
        queue.resume(ana, paused)


def test_nobody_sets_the_number_of_places_for_all(ana: RunStore, folder: Path) -> None:
    ana.create(small_config())
    with pytest.raises(RunError, match="whole class"):
        queue.set_parallel(ana, 4)
    assert queue.read_settings(ana).parallel == 1
    share_places(folder, 3)
    assert queue.read_settings(ana).parallel == 3


@pytest.mark.parametrize("wrong", [0, 9, True, "2", 1.5])
def test_a_wrong_number_of_places_is_refused(folder: Path, wrong: object) -> None:
    with pytest.raises(ConfigError, match="from 1 to 8"):
        share_places(folder, wrong)  # type: ignore[arg-type]
    assert shared_parallel(folder) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b'{"parallel": "x"}', b"[" * 100_000])
def test_a_damaged_file_gives_one_place(folder: Path, content: bytes) -> None:
    (folder / SHARED_QUEUE).write_bytes(content)
    assert shared_parallel(folder) == 1


def given(stores: dict[str, RunStore], n: int) -> list[str]:
    """Whose run gets the place, `n` times: every run ends as soon as it has started."""
    names = []
    for _ in range(n):
        started = [(name, run) for name, store in stores.items() for run in store.find(QUEUED)]
        queue.dispatch(next(iter(stores.values())), Noting())
        names += [name for name, run in started if stores[name].get(run.run_id).status is not RunStatus.QUEUED]
    return names


class Noting:
    """An executor with one place, whose runs end as soon as they have started."""

    def places(self, allowed: int) -> int:
        return allowed

    def taken(self, store: RunStore) -> int:
        return 0

    def start(self, store: RunStore, run_id: str) -> Ended:
        store.set(run_id, status="completed")
        return Ended()

    def settle(self, store: RunStore) -> None:
        pass


class Ended:
    def poll(self) -> int:
        return 0


def test_nobody_fills_the_queue(folder: Path) -> None:
    stores = {name: RunStore(folder / name) for name in ("ana", "ben", "cem")}
    for name, n in (("ana", 6), ("ben", 1), ("cem", 2)):
        for _ in range(n):
            stores[name].create(small_config())
    order = given(stores, 9)
    assert order[:3] == ["ana", "ben", "cem"]
    assert order == ["ana", "ben", "cem", "ana", "cem", "ana", "ana", "ana", "ana"]


def test_a_damaged_file_of_turns_stops_nobody(folder: Path) -> None:
    (folder / TURNS).write_bytes(b"[1]")
    ana = RunStore(folder / "ana")
    ana.create(small_config())
    assert given({"ana": ana}, 1) == ["ana"]


DISPATCH = """
import sys
from pathlib import Path
from mnist_core.jobs.queue import dispatch
from mnist_core.runs.store import RunStore
print(len(dispatch(RunStore(Path(sys.argv[1])))))
"""


@pytest.mark.thorough
def test_two_callers_never_fill_the_same_place(ana: RunStore, ben: RunStore, busy: Busy, folder: Path) -> None:
    held = busy(RunStore(folder / "cem"))
    runs = {ana: enqueued(ana), ben: enqueued(ben)}
    RunStore(folder / "cem").set(held, status="stopped")
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", DISPATCH, str(store.root)],
            env=child_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for store in (ana, ben, ana, ben)
    ]
    started = [int(caller.communicate()[0]) for caller in callers]
    assert sum(started) == 1
    wait_until(
        lambda: all(store.get(run_id).status is RunStatus.COMPLETED for store, run_id in runs.items()), seconds=180
    )
