"""The store: what it creates, finds and refuses, whatever is in its folder."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.errors import (
    ConfigError,
    MnistCoreError,
    PredictionsError,
    RunCorruptedError,
    RunError,
    RunNotFoundError,
)
from mnist_core.locks import try_lock
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, MaxPool
from mnist_core.runs import store as stores
from mnist_core.runs.checkpoints import save_state
from mnist_core.runs.record import RunDataset, RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.progress import TrainerState

CONFIG = config_from_recipe("lenet-5", dataset="mnist-sample", epochs=2)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.mark.parametrize(
    ("split", "epoch", "words"),
    [
        ("train", None, "test or validation"),
        ("../../x", None, "test or validation"),
        ("test", 3, "scored once"),
        ("validation", "2", "an integer from 1"),
        ("validation", True, "an integer from 1"),
    ],
)
def test_predictions_that_cannot_be_are_refused(store: RunStore, split: str, epoch: Any, words: str) -> None:
    run_id = store.create(CONFIG)
    for ask in (store.predictions, store.predictions_path):
        with pytest.raises(ConfigError, match=words):
            ask(run_id, split, epoch)


@pytest.mark.parametrize(
    ("stored", "words"),
    [((1, 2, 3, 7), "Expected 1 to 3 and 7"), ((2,), "Expected 2"), ((), "No epoch has any")],
)
@pytest.mark.parametrize("epoch", [0, -1, 4, pytest.param(10**400, id="huge")])
def test_the_epochs_that_have_predictions_are_named(
    store: RunStore, stored: tuple[int, ...], words: str, epoch: int
) -> None:
    run_id = store.create(CONFIG)
    for number in stored:
        path = store.predictions_path(run_id, "validation", number)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    with pytest.raises(PredictionsError, match=words):
        store.predictions(run_id, "validation", epoch)


def test_a_created_run_is_queued_and_has_its_whole_configuration(store: RunStore) -> None:
    run_id = store.create(CONFIG, name="My <b>first</b>\n\u202erun")
    run = store.get(run_id)
    assert run.status is RunStatus.QUEUED
    assert run.config == CONFIG
    assert run.name == "My <b>first</b> run"
    document = json.loads((store.root / run_id / "run.json").read_text())
    assert document["run_id"] == run_id
    assert document["summary"]["parameters"] == 61_706
    assert {"schema", "name", "status", "config", "dataset", "summary", "error"} <= set(document)


def test_runs_are_listed_newest_first_and_nothing_else_is(store: RunStore) -> None:
    first, second = store.create(CONFIG), store.create(CONFIG)
    (store.root / "notes").mkdir()
    (store.root / "20260101-000000-abcdef").symlink_to(store.root / first)
    (store.root / ".new-20260101-000000-abcdef").mkdir()
    assert [run.run_id for run in store.list()] == sorted([first, second], reverse=True)


@pytest.mark.parametrize("run_id", ["../../etc", "20260101-000000-abcdef", "", "a" * 10_000, "20260101-000000-abcdeF"])
def test_what_is_not_a_run_is_not_found(store: RunStore, run_id: str) -> None:
    with pytest.raises(RunNotFoundError, match="There is no run"):
        store.get(run_id)


def test_a_damaged_run_costs_only_itself(store: RunStore) -> None:
    good = store.create(CONFIG)
    whole = (store.root / good / "run.json").read_bytes()
    broken = [b"", b"{", b"[]", b"null", b"[" * 100_000, whole[:200], whole.replace(b'"lenet-5"', b"7"), b"\xff\xfe"]
    for number, content in enumerate(broken):
        folder = store.root / f"20250101-00000{number}-abcdef"
        folder.mkdir()
        (folder / "run.json").write_bytes(content)
    (store.root / "20250101-000009-abcdef" / "run.json").mkdir(parents=True)
    (store.root / "20250101-000010-abcdef").mkdir()
    assert [run.run_id for run in store.list()] == [good]
    damaged = store.damaged()
    assert len(damaged) == len(broken) + 2
    assert all(run.reason for run in damaged)
    with pytest.raises(RunCorruptedError, match="is damaged"):
        store.get(damaged[0].run_id)


def test_a_run_of_a_newer_schema_says_so(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    store.set(run_id, name="old")
    path = store.root / run_id / "run.json"
    path.write_text(path.read_text().replace('"schema": 1,\n "run_id"', '"schema": 99,\n "run_id"'))
    with pytest.raises(RunCorruptedError, match="newer version"):
        store.get(run_id)


@pytest.mark.parametrize("cut", range(0, 1690, 37))
def test_a_truncated_run_json_raises_only_our_own_error(store: RunStore, cut: int) -> None:
    run_id = store.create(CONFIG)
    path = store.root / run_id / "run.json"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(RunCorruptedError):
        store.get(run_id)


def test_a_running_run_without_a_worker_is_interrupted(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    store.set(run_id, status="running")
    assert store.get(run_id).status is RunStatus.INTERRUPTED
    assert store.get(run_id).document["status"] == "interrupted"
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    assert store.get(run_id).status is RunStatus.RUNNING
    os.close(lock)
    assert store.list()[0].status is RunStatus.INTERRUPTED


def test_missing_results_are_an_error(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    assert store.history(run_id) == ()
    with pytest.raises(PredictionsError, match="first epoch is not finished"):
        store.predictions(run_id, "validation")
    with pytest.raises(PredictionsError):
        store.predictions(run_id, "test")
    with pytest.raises(RunError, match="no checkpoint"):
        store.weights(run_id)


def test_an_impossible_network_never_becomes_a_run(store: RunStore) -> None:
    layers = (Conv(filters=8), MaxPool(), MaxPool(), MaxPool(), MaxPool(), MaxPool())
    with pytest.raises(ConfigError, match="Layer"):
        store.create(ExperimentConfig(architecture=Architecture(layers=layers)))
    assert store.list() == ()


def test_an_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="could not be saved"):
        RunStore(tmp_path / "file" / "runs").create(CONFIG)


def test_two_writers_do_not_undo_each_other(store: RunStore) -> None:
    """Two threads with stores of their own add 50 fields each; none is lost."""
    run_id = store.create(CONFIG)

    def write(prefix: str) -> None:
        own = RunStore(store.root)
        for number in range(50):
            own.update(run_id, lambda document, n=number: document["summary"].update({f"{prefix}{n}": n}))

    threads = [threading.Thread(target=write, args=(prefix,)) for prefix in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    summary = json.loads((store.root / run_id / "run.json").read_text())["summary"]
    assert {f"{prefix}{n}" for prefix in "ab" for n in range(50)} <= set(summary)


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_a_number_that_is_not_finite_costs_only_its_own_run(store: RunStore, number: str) -> None:
    good, bad = store.create(CONFIG), store.create(CONFIG)
    path = store.root / bad / "run.json"
    path.write_text(path.read_text().replace('"finished_at": null', f'"finished_at": {number}'))
    assert [run.run_id for run in store.list()] == [good]
    assert "not finite" in store.damaged()[0].reason
    with pytest.raises(RunCorruptedError, match="not finite"):
        store.set(bad, status="stopped")


def test_a_run_damaged_between_two_reads_costs_only_itself(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = store.create(CONFIG), store.create(CONFIG)
    store.set(bad, status="running")
    look_again = stores.as_it_stands

    def spoil(record: RunRecord, folder: Path) -> RunRecord:
        if folder.name == bad:
            (folder / "run.json").write_text('{"status": NaN')
        return look_again(record, folder)

    monkeypatch.setattr(stores, "as_it_stands", spoil)
    assert {run.run_id: run.status for run in store.list()} == {good: RunStatus.QUEUED, bad: RunStatus.INTERRUPTED}
    assert [run.run_id for run in store.list()] == [good]


def test_lone_surrogates_never_reach_the_screen(store: RunStore) -> None:
    run_id = store.create(CONFIG)

    def spoil(document: dict[str, Any]) -> None:
        document |= {"name": "\ud800", "error": "Disk\udc00 full.\nResume.", "precision": "float32\ud800"}
        document["dataset"] = {"name": "mnist\ud800", "sha256": "\ud800", "test_images": "\ud800"}
        document["config"] |= {"dataset": "mnist-sample\ud800", "recipe": "lenet\ud800-5"}

    run = store.update(run_id, spoil)
    assert (run.name, run.title, run.error, run.precision) == (
        "",
        "lenet-5 · 2 epochs",
        "Disk full. Resume.",
        "float32",
    )
    assert run.config.dataset == "mnist-sample"
    assert run.dataset == RunDataset(name="mnist")


def test_the_reason_of_a_damage_can_be_printed(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    with pytest.raises(RunCorruptedError):
        store.update(run_id, lambda document: document["config"].update({"\ud800": 1}))
    store.damaged()[0].reason.encode()


@pytest.mark.parametrize(("value", "read"), [(2, 2), (2.0, 2), (2.5, None)])
def test_epochs_are_whole_numbers_or_not_there(store: RunStore, value: float, read: int | None) -> None:
    run_id = store.create(CONFIG)
    store.update(run_id, lambda document: document["summary"].update(best_epoch=value))
    store.set(run_id, adjustments={"epochs": value, "learning_rate": 1})
    run = store.get(run_id)
    assert (repr(run.best_epoch), repr(run.adjustments.epochs)) == (repr(read), repr(read))
    assert run.adjustments.learning_rate == 1
    with pytest.raises(PredictionsError):
        store.predictions(run_id, "validation")


@pytest.mark.parametrize("value", ["abc", None, [1], True, "1e999"])
def test_values_that_are_not_numbers_are_ignored(store: RunStore, value: object) -> None:
    run_id = store.create(CONFIG)
    store.update(run_id, lambda document: document["summary"].update(test_accuracy=value))
    store.set(run_id, adjustments={"epochs": value})
    run = store.get(run_id)
    assert run.summary.test_accuracy is None
    assert run.epochs == 2


def test_every_single_changed_byte_of_a_checkpoint_is_our_error_or_none(store: RunStore) -> None:
    run_id = store.create(CONFIG)
    path = store.folder(run_id) / "checkpoints" / "last.npz"
    path.parent.mkdir()
    state = TrainerState(arrays={"weight:a/kernel": np.arange(4.0)}, epoch=1, batch=0, history=())
    save_state(path.parent, state)
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        with contextlib.suppress(MnistCoreError):
            store.weights(run_id, "last")
