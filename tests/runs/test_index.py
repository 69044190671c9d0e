"""The index: it says what the directories say, whoever changes them and whatever happens to its file."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.errors import ConfigError
from mnist_core.locks import try_lock
from mnist_core.runs import index_keeping as indices
from mnist_core.runs.index_file import INDEX_NAME
from mnist_core.runs.query import RunQuery, checked_sort, equal, parse_filter
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.conftest import ROOT

CONFIG = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=2)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def written(store: RunStore, run_id: str, **fields: object) -> None:
    """Change a run as another process would: its file is replaced, and nobody is told."""
    path = store.root / run_id / "run.json"
    document = json.loads(path.read_text())
    path.with_name("other").write_text(json.dumps(document | fields))
    os.replace(path.with_name("other"), path)


def scored(store: RunStore, accuracy: float | None, *, recipe: str = "lenet-5", **more: object) -> str:
    """A completed run with this test and validation accuracy."""
    run_id = store.create(config_from_recipe(recipe, dataset="mnist-sample", epochs=2))
    store.update(run_id, lambda d: d["summary"].update(test_accuracy=accuracy, validation_accuracy=accuracy))
    store.set(run_id, status="completed", dataset={"name": "mnist-sample", "sha256": "ab"}, **more)
    return run_id


def names(store: RunStore) -> list[str]:
    return [row.name for row in store.index.rows()]


# What other processes do ---------------------------------------------------------------------------------------------


def test_it_notices_what_other_processes_do(store: RunStore) -> None:
    first, second = store.create(CONFIG, name="first"), store.create(CONFIG, name="second")
    assert names(store) == ["second", "first"]
    written(store, first, name="renamed")
    assert names(store) == ["second", "renamed"]
    (store.root / second / "run.json").write_text("{")
    assert names(store) == ["renamed"]
    assert [run.run_id for run in store.index.damaged()] == [second]
    os.rename(store.root / first, store.root.parent / "elsewhere")
    assert names(store) == []
    os.rename(store.root.parent / "elsewhere", store.root / first)
    assert names(store) == ["renamed"]


@pytest.mark.parametrize(
    ("changed", "is_readable"),
    [
        ({"adjustments": {"epochs": 20_000}}, False),
        ({"adjustments": {"learning_rate": 11}}, False),
        ({"summary": {"parameters": 2**63, "train_seconds": 10**30, "epochs_done": 1e30}}, True),
        ({"dataset": {"name": "mnist", "test_images": -(2**70)}}, True),
    ],
)
def test_a_run_with_impossible_numbers_hides_no_other(
    store: RunStore, changed: dict[str, object], is_readable: bool
) -> None:
    good, odd = store.create(CONFIG, name="good"), store.create(CONFIG, name="odd")
    assert names(store) == ["odd", "good"]
    written(store, odd, **changed)
    assert names(store) == (["odd", "good"] if is_readable else ["good"])
    assert [run.run_id for run in store.index.damaged()] == ([] if is_readable else [odd])
    assert store.index.notice == ""
    assert [run.run_id for run in store.list()] == ([odd, good] if is_readable else [good])


def test_in_a_large_folder_it_notices_within_two_seconds(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is quick to look through here, so that a look is relied on for a while."""
    monkeypatch.setattr(indices, "QUICK_SECONDS", -1.0)
    run_id = store.create(CONFIG, name="old")
    assert names(store) == ["old"]
    written(store, run_id, name="new")
    began = time.monotonic()
    while names(store) != ["new"]:
        assert time.monotonic() - began < 2
        time.sleep(0.01)


def test_what_this_process_does_is_there_at_once(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indices, "QUICK_SECONDS", -1.0)
    monkeypatch.setattr(indices, "FRESH_SECONDS", 1e9)
    run_id = store.create(CONFIG, name="old")
    assert names(store) == ["old"]
    RunStore(store.root).set(run_id, name="new")
    assert names(store) == ["new"]
    other = RunStore(store.root).create(CONFIG, name="another")
    assert names(store) == ["another", "new"]
    assert [run.run_id for run in store.list()] == [other, run_id]


def test_two_processes_share_it(store: RunStore) -> None:
    run_id = store.create(CONFIG, name="old")
    assert names(store) == ["old"]
    written(store, run_id, name="new")
    script = "import sys\nfrom pathlib import Path\nfrom mnist_core.runs.store import RunStore\n"
    script += "print([row.name for row in RunStore(Path(sys.argv[1])).index.rows()])"
    command = [sys.executable, "-c", script, str(store.root)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['new']"
    assert names(store) == ["new"]


def test_a_run_whose_worker_died_is_interrupted(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    store.set(run_id, status="running")
    interrupted = RunQuery(statuses=(RunStatus.INTERRUPTED,))
    assert store.index.ids(interrupted) == (run_id,)
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    assert store.index.ids(interrupted) == ()
    assert store.has_active()
    os.close(lock)
    assert store.index.rows()[0].status is RunStatus.INTERRUPTED
    assert not store.has_active()


def test_a_run_whose_worker_on_a_cluster_died_waits_for_another(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    store.set(run_id, status="running", cluster_task="a task")
    queued = RunQuery(statuses=(RunStatus.QUEUED,))
    assert store.index.ids(queued) == (run_id,)
    assert store.get(run_id).status is RunStatus.QUEUED
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    assert store.index.ids(queued) == ()
    assert RunStore(store.root).get(run_id).status is RunStatus.RUNNING
    os.close(lock)
    store.index.close()  # the next question reads what the index knows from its file
    assert store.index.ids(queued) == (run_id,)


# What happens to its file --------------------------------------------------------------------------------------------


def delete(path: Path) -> None:
    path.unlink()


def garbage(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)


def cut(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(path.read_bytes()[:5000])


def another_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")


def without_its_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE runs")


def nonsense_in_it(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET status = 'dancing'")


@pytest.mark.parametrize("spoil", [delete, garbage, cut, another_version, without_its_table, nonsense_in_it])
@pytest.mark.parametrize("is_open", [True, False])
def test_whatever_happens_to_the_file_the_answer_is_right(
    store: RunStore, spoil: Callable[[Path], None], is_open: bool
) -> None:
    store.create(CONFIG, name="one")
    assert names(store) == ["one"]
    if not is_open:
        store.index.close()
    spoil(store.root / INDEX_NAME)
    assert names(store) == ["one"]
    store.create(CONFIG, name="two")
    assert names(store) == ["two", "one"]
    store.index.close()
    assert names(store) == ["two", "one"]


def test_a_rebuilt_index_says_so(store: RunStore) -> None:
    store.create(CONFIG)
    store.index.count()
    assert store.index.notice == ""
    store.index.close()
    garbage(store.root / INDEX_NAME)
    assert store.index.count() == 1
    assert store.index.notice.endswith(".")
    assert (store.root / INDEX_NAME).read_bytes().startswith(b"SQLite format 3")


def test_a_locked_index_is_held_in_memory(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_core.runs.index_file.BUSY_SECONDS", 0.05)
    store.create(CONFIG, name="one")
    assert names(store) == ["one"]
    store.index.close()
    with sqlite3.connect(store.root / INDEX_NAME, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        store.create(CONFIG, name="two")
        assert names(store) == ["two", "one"]
        assert "memory" in store.index.notice
        other.execute("ROLLBACK")


def test_a_file_that_cannot_be_opened_or_is_a_link_is_left_alone(store: RunStore) -> None:
    store.create(CONFIG, name="one")
    (store.root / INDEX_NAME).mkdir()
    assert names(store) == ["one"]
    assert "memory" in store.index.notice
    other = RunStore(store.root.parent / "others")
    other.create(CONFIG, name="two")
    outside = store.root.parent / "outside"
    outside.write_text("mine")
    (other.root / INDEX_NAME).symlink_to(outside)
    assert names(other) == ["two"]
    assert outside.read_text() == "mine"


def test_on_a_full_disk_it_is_held_in_memory(store: RunStore) -> None:
    """The limit on the size of files stands for the full disk: SQLite gets an error when it writes."""
    for name in ("one", "two"):
        store.create(CONFIG, name=name)
    script = """
import resource, signal, sys
from pathlib import Path
from mnist_core.runs.store import RunStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
store = RunStore(Path(sys.argv[1]))
print([row.name for row in store.index.rows()], "memory" in store.index.notice)
"""
    command = [sys.executable, "-c", script, str(store.root)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['two', 'one'] True"


def test_in_a_folder_that_cannot_be_written_it_is_held_in_memory() -> None:
    """As another user if need be: root may write anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs")
        for name in ("one", "two"):
            store.create(CONFIG, name=name)
        assert not (store.root / INDEX_NAME).exists()
        for path in (Path(folder), store.root, *store.root.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        script = """
import os, sys
from pathlib import Path
from mnist_core.runs.store import RunStore
if os.geteuid() == 0:
    os.setuid(65534)
store = RunStore(Path(sys.argv[1]))
print([row.name for row in store.index.rows()], "memory" in store.index.notice)
"""
        command = [sys.executable, "-c", script, str(store.root)]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for path in (Path(folder), store.root, *store.root.glob("*")):
            path.chmod(0o755)
    assert told.stdout.strip() == "['two', 'one'] True"


def test_looking_at_a_folder_that_does_not_exist_makes_nothing(store: RunStore) -> None:
    assert store.index.count() == 0
    assert not store.root.exists()
    store.create(CONFIG)
    assert store.index.count() == 1
    assert (store.root / INDEX_NAME).is_file()


# Questions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("recipe=two-conv",), ["c"]),
        (("recipe!=two-conv",), ["d", "b", "a"]),
        (("test_accuracy>=0.98",), ["c", "b"]),
        (("test_accuracy>=98%",), ["c", "b"]),
        (("test_accuracy=none",), ["d"]),
        (("tag=best",), ["b"]),
        (("tag!=best",), ["d", "c", "a"]),
        (("tag=bes",), []),
        (("starred=yes",), ["a"]),
        (("name~B",), ["b"]),
        (("learning_rate = 0.001", "test_accuracy<0.98"), ["a"]),
        (("nesterov=no", "recipe=two-conv"), ["c"]),
        (("status=completed", "batch_size>1"), ["d", "c", "b", "a"]),
        (("note~100%",), ["a"]),
        (("class_weighting=none",), ["d", "c", "b", "a"]),
        (("class_weighting!=none",), []),
    ],
)
def test_filters_find_what_they_say(store: RunStore, texts: tuple[str, ...], expected: list[str]) -> None:
    scored(store, 0.97, name="a", starred=True, note="100% sure")
    scored(store, 0.98, name="b", tags=["best", "a%b"])
    scored(store, 0.99, name="c", recipe="two-conv")
    scored(store, None, name="d")
    query = RunQuery(conditions=tuple(parse_filter(text) for text in texts))
    assert [row.name for row in store.index.rows(query)] == expected


def test_searching_sorting_and_paging(store: RunStore) -> None:
    for name, accuracy in (("Alpha_1", 0.97), ("beta", 0.99), ("alpha%2", None), ("gamma", 0.98)):
        scored(store, accuracy, name=name)
    found = store.index.rows
    assert [row.name for row in found(RunQuery(text="ALPHA"))] == ["alpha%2", "Alpha_1"]
    assert [row.name for row in found(RunQuery(text="a_1"))] == ["Alpha_1"]
    assert [row.name for row in found(RunQuery(text="lenet alpha%"))] == ["alpha%2"]
    ranked = ["beta", "gamma", "Alpha_1", "alpha%2"]
    assert [row.name for row in found(RunQuery(sort="test_accuracy"))] == ranked
    ascending = RunQuery(sort="test_accuracy", is_descending=False)
    assert [row.name for row in found(ascending)] == ["Alpha_1", "gamma", "beta", "alpha%2"]
    assert [row.name for row in found(RunQuery(sort="test_accuracy", limit=2, offset=1))] == ranked[1:3]
    assert store.index.count(RunQuery(text="alpha", limit=1)) == 2


@pytest.mark.parametrize(
    "text",
    ["", "recipe", "=2", "magic=1", "test_accuracy>=many", "recipe>=x", "starred=perhaps", "x" * 10_000,
     "test_accuracy>=nan", "epochs=1e999", "tag~b"],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_filter(text)
    assert len(str(refused.value).splitlines()) == 1


def test_a_filter_is_never_run_as_sql(store: RunStore) -> None:
    scored(store, 0.9, name="a")
    query = RunQuery(conditions=(parse_filter("name='; DROP TABLE runs; --"),), text="' OR 1=1 --")
    assert store.index.rows(query) == ()
    assert names(store) == ["a"]


@pytest.mark.parametrize("text", ["", "magic", "tag", "--epochs", "run_id; DROP TABLE runs"])
def test_an_order_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        checked_sort(text)


def test_repeats_share_a_key_and_other_settings_do_not(store: RunStore) -> None:
    made = {
        name: store.create(config_from_recipe("lenet-5", dataset="mnist-sample", **settings))
        for name, settings in {
            "one": {"epochs": 2, "seed": 1},
            "two": {"epochs": 2, "seed": 2},
            "longer": {"epochs": 3, "seed": 1},
        }.items()
    }
    keys = {row.run_id: row.repeat_key for row in store.index.rows()}
    assert keys[made["one"]] == keys[made["two"]] != keys[made["longer"]]
    store.set(made["two"], adjustments={"epochs": 3})
    assert {row.run_id: row.repeat_key for row in store.index.rows()}[made["two"]] == keys[made["longer"]]


def test_the_best_of_each_data_set_is_by_validation(store: RunStore) -> None:
    scored(store, 0.99, name="a")
    best = scored(store, 0.995, name="b")
    scored(store, 0.5, name="c")
    other = scored(store, 0.1, name="d")
    store.update(other, lambda document: document["dataset"].update(sha256="cd"))
    assert store.index.best_of_each("sha256", RunQuery(conditions=(equal("dataset", "mnist-sample"),))) == (other, best)


def test_links_out_of_the_folder_are_no_runs(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    outside = store.root.parent / "20260101-000000-abcdef"
    os.rename(store.root / run_id, outside)
    (store.root / run_id).symlink_to(outside)
    assert store.index.count() == 0
    assert store.index.damaged() == ()
