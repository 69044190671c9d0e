"""Benchmarks that are requested and run by a real worker."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from mnist_core.errors import ArchitectureError, RunError
from mnist_core.files import write_json
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, MaxPool
from mnist_core.pricing import requests as pricing
from mnist_core.pricing import worker
from mnist_core.pricing.price import price_of
from mnist_core.pricing.requests import (
    Request,
    is_something_training,
    next_request,
    price_state,
    request_price,
    store_failure,
)
from mnist_core.pricing.worker import main
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import SCHEMA, load_measurement, price_key, prices_folder
from mnist_core.training.settings import Precision, TrainingSettings
from tests.waiting import wait_until

SMALL = ExperimentConfig(
    dataset="mnist-sample",
    limit=600,
    architecture=Architecture(layers=(Conv(filters=4), MaxPool(), Flatten(), Dense(units=16))),
    training=TrainingSettings(batch_size=32),
)
OTHER = replace(SMALL, training=TrainingSettings(batch_size=64))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = prices_folder(tmp_path / "runs")
    made.mkdir(parents=True)
    return made


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are written down, and nobody answers."""
    monkeypatch.setattr(pricing, "start_worker", lambda folder: None)


def test_nothing_is_known_before_a_request(folder: Path) -> None:
    state = price_state(folder, SMALL)
    assert (state.measurement, state.is_pending, state.failure) == (None, False, None)


@pytest.mark.parametrize(("status", "is_training"), [("running", True), ("queued", True), ("paused", False)])
def test_a_run_whose_worker_is_paused_disturbs_nothing(folder: Path, status: str, is_training: bool) -> None:
    store = RunStore(folder.parent)
    run_id = store.create(SMALL)
    store.set(run_id, status=status)
    with (store.folder(run_id) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker holds it
        assert is_something_training(folder) is is_training


@pytest.mark.usefixtures("no_worker")
def test_requests_are_processed_in_order_and_once(folder: Path) -> None:
    request_price(folder, SMALL)
    os.utime(folder / f"{price_key(SMALL)}.wanted.json", (1, 1))
    request_price(folder, OTHER)
    found = [next_request(folder), next_request(folder)]
    assert [request.config for request in found if request] == [SMALL, OTHER]
    assert next_request(folder) is None


@pytest.mark.usefixtures("no_worker")
def test_requests_of_one_moment_are_processed_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_in_one_tick(path: Path, document: object) -> None:
        write_json(path, document)
        os.utime(path, (1, 1))  # the clock of a file system may stand still for some milliseconds

    monkeypatch.setattr(pricing, "write_json", write_in_one_tick)
    configs = [replace(SMALL, training=TrainingSettings(batch_size=size)) for size in range(1, 11)]
    request_price(folder, *configs)
    found = [next_request(folder) for _ in configs]
    assert [request.config for request in found if request] == configs


@pytest.mark.usefixtures("no_worker")
@pytest.mark.parametrize(("begins", "ends"), [(begins, ends) for ends in range(8) for begins in range(ends + 1)])
def test_a_request_is_never_unknown_between_two_states(
    folder: Path, monkeypatch: pytest.MonkeyPatch, begins: int, ends: int
) -> None:
    """The worker begins and ends the request while the page looks at one file after another."""
    request_price(folder, SMALL)
    looks = 0

    def before_a_look(look: Callable[..., Any]) -> Callable[..., Any]:
        def looked(*arguments: Any) -> Any:
            nonlocal looks
            looks += 1
            with monkeypatch.context() as unwatched:
                unwatched.setattr(pricing, "_changed", _changed)
                if looks == begins + 1:
                    next_request(folder)
                if looks == ends + 1:
                    store_failure(folder, Request(key=price_key(SMALL), config=SMALL), "no reason")
            return look(*arguments)

        return looked

    _changed = pricing._changed
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("_changed", "_read", "is_locked", "load_measurement"):
            monkeypatch.setattr(pricing, name, before_a_look(getattr(pricing, name)))
        state = price_state(folder, SMALL)
    assert state.is_pending or state.failure == "no reason"
    assert looks >= 4


@pytest.mark.usefixtures("no_worker")
def test_a_request_that_comes_as_a_worker_ends_is_processed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[Path] = []

    def late(place: Path) -> None:
        worked.append(place)
        if len(worked) == 1:
            request_price(folder, SMALL)  # its own worker finds the lock held, and ends
        else:
            next_request(folder)

    monkeypatch.setattr(worker, "work", late)
    assert main([str(folder)]) == 0
    assert len(worked) == 2


@pytest.mark.usefixtures("no_worker")
def test_a_network_that_cannot_be_built_is_refused_at_once(folder: Path) -> None:
    with pytest.raises(ArchitectureError, match="cannot be built"):
        request_price(folder, replace(SMALL, architecture=Architecture(layers=(Dense(),))))


@pytest.mark.usefixtures("no_worker")
def test_too_many_requests_are_refused(folder: Path) -> None:
    for number in range(pricing.MAX_REQUESTS):
        (folder / f"{number:032x}.wanted.json").write_text("{}")
    with pytest.raises(RunError, match=f"at most {pricing.MAX_REQUESTS}"):
        request_price(folder, SMALL)


@pytest.mark.usefixtures("no_worker")
def test_an_unreadable_request_is_dropped(folder: Path) -> None:
    (folder / "00.wanted.json").write_text("[" * 5000)
    request_price(folder, SMALL)
    request = next_request(folder)
    assert request is not None
    assert request.config == SMALL
    assert not (folder / "00.wanted.json").exists()


@pytest.mark.usefixtures("no_worker")
def test_a_worker_that_did_not_start_is_a_failure(folder: Path) -> None:
    request_price(folder, SMALL)
    assert price_state(folder, SMALL).phase == "Starting"
    long_ago = time.time() - pricing.START_SECONDS - 1
    os.utime(folder / f"{price_key(SMALL)}.wanted.json", (long_ago, long_ago))
    assert "could not be started" in (price_state(folder, SMALL).failure or "")


@pytest.mark.usefixtures("no_worker")
def test_a_worker_that_died_in_the_middle_is_a_failure_and_not_tried_again(folder: Path) -> None:
    request_price(folder, SMALL)
    next_request(folder)
    state = price_state(folder, SMALL)
    assert state.failure is not None
    assert "ended early" in state.failure
    assert next_request(folder) is None


def test_a_second_worker_on_a_folder_ends_at_once(folder: Path) -> None:
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main([str(folder)]) == 0


@pytest.mark.slow
def test_a_benchmark_gives_the_cost(folder: Path) -> None:
    bad = replace(OTHER, dataset="no-such-data")
    request_price(folder, bad)
    request_price(folder, SMALL)  # while the worker is at the first one: it sees to both
    phases: set[str] = set()

    def has_ended() -> bool:
        state = price_state(folder, SMALL)
        phases.add(state.phase or "")
        return not state.is_pending

    wait_until(has_ended, seconds=180)
    assert "no-such-data" in str(price_state(folder, bad).failure)
    measurement = load_measurement(folder, SMALL)
    assert measurement is not None, price_state(folder, SMALL).failure
    assert "Timing batches in float32" in phases
    assert 0 < measurement.batch_seconds["float32"] < 1
    assert measurement.start_seconds > 0.5
    assert measurement.peak_bytes > 200_000_000
    assert sum(measurement.layer_shares.values()) == pytest.approx(1)
    assert set(measurement.layer_shares) == set(SMALL.architecture.names)
    price = price_of(SMALL, measurement, train_images=4000, test_images=1000)
    assert price.total_seconds > price.epoch_seconds > 0
    assert list(folder.glob("*.wanted.json")) == list(folder.glob("*.begun.json")) == []


def benchmarking(folder: Path) -> psutil.Process:
    """The process that benchmarks for this folder."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            if "mnist_core.pricing.benchmark" in command and str(folder) in command:
                return process
    raise AssertionError("nothing is benchmarked")


def test_a_benchmark_that_is_killed_is_a_failure_and_the_next_one_runs(folder: Path) -> None:
    bad = replace(OTHER, dataset="no-such-data")
    request_price(folder, SMALL, bad)
    wait_until(lambda: price_state(folder, SMALL).phase == "Loading TensorFlow")
    benchmarking(folder).kill()
    wait_until(lambda: not price_state(folder, bad).is_pending)
    assert "ended early" in str(price_state(folder, SMALL).failure)
    assert "no-such-data" in str(price_state(folder, bad).failure)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_benchmark_knows_nothing_of_the_one_before(folder: Path) -> None:
    """Its peak of memory is its own, and so are the settings of TensorFlow."""
    layers = (Conv(filters=64, kernel_size=5), MaxPool(), Flatten(), Dense(units=512))
    training = TrainingSettings(batch_size=512, deterministic=True)
    large = replace(SMALL, architecture=Architecture(layers=layers), limit=None, training=training)
    request_price(folder, large, SMALL)
    wait_until(lambda: not price_state(folder, SMALL).is_pending and not price_state(folder, large).is_pending,
               seconds=240)  # fmt: skip
    of_large, of_small = (load_measurement(folder, config) for config in (large, SMALL))
    assert of_large is not None
    assert of_small is not None
    assert of_small.peak_bytes < 0.8 * of_large.peak_bytes


@pytest.mark.slow
@pytest.mark.parametrize(("mixed", "expected"), [(0.01, Precision.MIXED_BFLOAT16), (0.2, Precision.FLOAT32)])
def test_auto_precision_follows_the_measurement(runs_folder: Path, mixed: float, expected: Precision) -> None:
    from mnist_core.training.precision import resolve_precision

    folder = prices_folder()
    assert folder.parent == runs_folder
    folder.mkdir(parents=True)
    auto = replace(SMALL, training=replace(SMALL.training, precision=Precision.AUTO))
    document = {
        "schema": SCHEMA,
        "batch_seconds": {"float32": 0.1, "mixed_bfloat16": mixed},
        "validation_seconds": 0.1,
        "start_seconds": 1,
        "peak_bytes": 1,
        "layer_shares": {},
        "is_disturbed": False,
    }
    (folder / f"{price_key(auto)}.json").write_text(json.dumps(document))
    assert resolve_precision(auto) is expected
