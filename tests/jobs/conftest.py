"""Runs small enough to train in a second, and workers as real processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Dropout, Flatten, MaxPool
from mnist_core.runs.events import read_events
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings
from tests.jobs.preloaded import Worker
from tests.waiting import wait_until

SMALL = Architecture(layers=(Conv(filters=4), MaxPool(), Flatten(), Dense(units=16), Dropout(rate=0.3)))


def small_config(**training: Any) -> ExperimentConfig:
    """A network with dropout on 600 digits: 17 batches an epoch."""
    settings = {"epochs": 3, "batch_size": 32, "deterministic": True, "seed": 7, **training}
    return ExperimentConfig(
        dataset="mnist-sample", limit=600, architecture=SMALL, training=TrainingSettings.from_dict(settings)
    )


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def start_worker() -> Iterator[Callable[[RunStore, str], Worker]]:
    """Starts the worker on a run; whatever is left over is ended."""
    workers: list[Worker] = []

    def start(store: RunStore, run_id: str) -> Worker:
        workers.append(Worker(store.folder(run_id)))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def last_seq(store: RunStore, run_id: str) -> int:
    """The number of the last event of the journal."""
    return max(event["seq"] for event in read_events(store.folder(run_id) / "events.jsonl").events)


def events_of(store: RunStore, run_id: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in read_events(store.folder(run_id) / "events.jsonl").events if event["event"] == kind]


def wait_for_batch(store: RunStore, run_id: str, worker: Worker, *, epoch: int = 1, after: int = 0) -> None:
    """Wait until the worker has told, after the event `after`, that it trains this epoch.

    Batches are told of four times a second, so that an epoch may be over without one: the end of the one before counts.
    """

    def has_come() -> bool:
        assert worker.poll() is None, f"the worker ended too early: {store.get(run_id).error}"
        events = read_events(store.folder(run_id) / "events.jsonl").events
        return any(
            event["epoch"] >= epoch - (event["event"] == "epoch")
            for event in events
            if event["event"] in ("batch", "epoch") and event["seq"] > after
        )

    wait_until(has_come, seconds=90)
