"""The bin: a run is whole in the table, whole in the bin, or gone, whatever happens on the way."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mnist_core.errors import RunError, RunNotFoundError
from mnist_core.jobs.queue import queued
from mnist_core.locks import try_lock
from mnist_core.runs import bin as bins
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

CONFIG = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=2)
FILES = ("events.jsonl", "checkpoints/best.npz", "predictions/test.npz", "filters/epoch-001.npz")


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def filled(store: RunStore, name: str = "a") -> str:
    """A stopped run with files in several folders."""
    run_id = store.create(CONFIG, name=name)
    store.set(run_id, status="stopped")
    for file in FILES:
        path = store.root / run_id / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(file)
    return run_id


def is_whole(folder: Path) -> bool:
    return (folder / "run.json").is_file() and all((folder / file).read_text() == file for file in FILES)


def ids(store: RunStore) -> list[str]:
    return [row.run_id for row in store.index.rows()]


def test_a_deleted_run_is_in_the_bin_and_can_be_restored(store: RunStore) -> None:
    kept, run_id = filled(store), filled(store)
    bins.delete(store, run_id)
    assert (ids(store), ids(bins.bin_of(store))) == ([kept], [run_id])
    with pytest.raises(RunNotFoundError):
        store.get(run_id)
    bins.restore(store, run_id)
    assert (ids(store), ids(bins.bin_of(store))) == ([run_id, kept], [])
    assert is_whole(store.root / run_id)


def test_emptying_removes_only_what_is_in_the_bin(store: RunStore) -> None:
    kept, *others = (filled(store) for _ in range(4))
    for run_id in others:
        bins.delete(store, run_id)
    assert bins.empty(store, others[0]) == 1
    assert set(ids(bins.bin_of(store))) == set(others[1:])
    assert bins.empty(store) == 2
    assert bins.empty(store) == 0
    assert not list((store.root / ".bin").glob("*2*"))
    assert is_whole(store.root / kept)


def test_a_running_run_is_not_deleted(store: RunStore) -> None:
    run_id = filled(store)
    lock = try_lock(store.root / run_id / "lock")
    assert lock is not None
    with pytest.raises(RunError, match=r"is being trained.*\.$"):
        bins.delete(store, run_id)
    os.close(lock)
    assert ids(store) == [run_id]


def test_a_queued_run_leaves_the_queue_and_does_not_start_when_it_is_restored(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    assert [run.run_id for run in queued(store)] == [run_id]
    bins.delete(store, run_id)
    assert queued(store) == ()
    bins.restore(store, run_id)
    assert queued(store) == ()


def test_a_damaged_run_can_be_deleted_and_restored(store: RunStore) -> None:
    run_id = filled(store)
    (store.root / run_id / "run.json").write_text("{")
    bins.delete(store, run_id)
    assert store.damaged() == ()
    assert [run.run_id for run in bins.bin_of(store).damaged()] == [run_id]
    bins.restore(store, run_id)
    assert [run.run_id for run in store.damaged()] == [run_id]


@pytest.mark.parametrize("run_id", ["../../etc", "20260101-000000-abcdef", "", ".bin"])
def test_what_is_no_run_is_refused(store: RunStore, run_id: str) -> None:
    filled(store)
    for action in (bins.delete, bins.restore):
        with pytest.raises(RunNotFoundError):
            action(store, run_id)
    assert bins.empty(store, run_id) == 0


def test_nothing_outside_the_folder_is_touched(store: RunStore, tmp_path: Path) -> None:
    """Links as a run, inside a run, as what is left of a run, and as the bin itself."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    link = store.create(CONFIG)
    os.rename(store.root / link, tmp_path / link)
    (store.root / link).symlink_to(tmp_path / link)
    with pytest.raises(RunNotFoundError):
        bins.delete(store, link)
    run_id = filled(store)
    (store.root / run_id / "checkpoints" / "more").symlink_to(outside)
    bins.delete(store, run_id)
    (store.root / ".bin" / f".emptied-{link}").symlink_to(outside)
    assert bins.empty(store) == 1
    assert (outside / "mine").read_text() == "mine"
    assert (tmp_path / link / "run.json").is_file()
    os.rename(store.root / ".bin", tmp_path / "bin")
    (store.root / ".bin").symlink_to(outside)
    other = filled(store)
    with pytest.raises(RunError, match="is a link"):
        bins.delete(store, other)
    with pytest.raises(RunError, match="is a link"):
        bins.empty(store)
    assert os.listdir(outside) == ["mine"]


def test_a_link_in_place_of_a_lock_makes_no_file_elsewhere(store: RunStore, tmp_path: Path) -> None:
    run_id = filled(store)
    for name in ("lock", ".write-lock"):
        (store.root / run_id / name).unlink(missing_ok=True)
        (store.root / run_id / name).symlink_to(tmp_path / "made")
    with pytest.raises(RunError):
        bins.delete(store, run_id)
    with pytest.raises(OSError, match="symbolic links"):
        store.set(run_id, name="new")
    assert not (tmp_path / "made").exists()
    assert ids(store) == [run_id]


def test_a_run_is_never_put_over_another(store: RunStore) -> None:
    run_id = filled(store)
    bins.delete(store, run_id)
    (store.root / run_id).mkdir()
    with pytest.raises(RunError, match="already"):
        bins.restore(store, run_id)
    assert is_whole(store.root / ".bin" / run_id)


STEPS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "open"}
"""The audit events of calls that touch the disk."""


def dies_in(action: Callable[[], object], place: int) -> bool:
    """Call `action` in a process of its own that ends without a word before its call number `place` on the disk.

    Returns whether it did; else the action was through before.
    """
    child = os.fork()
    if child == 0:
        count = 0

        def count_steps(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            count += event in STEPS
            if count == place:
                os._exit(9)

        sys.addaudithook(count_steps)
        action()
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


@pytest.mark.parametrize("action", [bins.delete, bins.restore, bins.empty])
def test_a_kill_at_any_step_leaves_every_run_whole(tmp_path: Path, action: Callable[[RunStore, str], object]) -> None:
    for place in itertools.count(1):
        store = RunStore(tmp_path / str(place))
        first, second = filled(store), filled(store)
        if action is not bins.delete:
            bins.delete(store, first)
        is_killed = dies_in(partial(action, store, first), place)
        deleted = bins.bin_of(store)
        found = [folder for folder in (store.root / first, deleted.root / first) if folder.exists()]
        assert len(found) <= 1
        assert all(is_whole(folder) for folder in found)
        assert found or action is bins.empty
        assert is_whole(store.root / second)
        assert set(ids(store)) | set(ids(deleted)) == {second, *(folder.name for folder in found)}
        bins.empty(store)
        assert list(deleted.root.glob(".emptied-*")) == []
        if not is_killed:
            break
    assert place > 3
