"""The estimate of the time left, against a recorded training and against trainings whose times are known."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.locks import try_lock
from mnist_core.runs.live import LiveRun
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe

RECORDED = Path(__file__).parent / "recorded" / "two-conv.jsonl"
"""The journal of five epochs on two cores that others used too, its times from 0; without memory and CPU."""

Events = list[dict[str, Any]]


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path)


def new_run(store: RunStore, *, epochs: int = 5, batch_size: int = 32) -> str:
    """A run that trains, with 3,600 training, 400 validation and 1,000 test images."""
    config = config_from_recipe("two-conv", dataset="mnist-sample", epochs=epochs, batch_size=batch_size)
    run_id = store.create(config)
    sizes = {"train_images": 3600, "validation_images": 400, "test_images": 1000}
    store.set(run_id, status="running", dataset={"name": "mnist-sample", "sha256": "", **sizes})
    return run_id


def estimates(store: RunStore, run_id: str, events: Events) -> list[tuple[float, float | None]]:
    """What the page would show after each event: time, and the seconds left."""
    path = store.folder(run_id) / "events.jsonl"
    live, found = LiveRun(store, run_id), []
    lock = try_lock(store.folder(run_id) / "lock")  # as its worker does, or the run counts as interrupted
    assert lock is not None
    with path.open("a", encoding="utf-8") as journal:
        for event in events:
            journal.write(json.dumps(event) + "\n")
            journal.flush()
            found.append((event["time"], live.refresh().seconds_left))
    os.close(lock)
    return found


def known(found: Iterable[tuple[float, float | None]]) -> list[tuple[float, float]]:
    return [(time, left) for time, left in found if left is not None]


def test_the_time_left_of_a_recorded_training_is_right_to_a_tenth_and_does_not_swing(store: RunStore) -> None:
    events = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    end = events[-1]["time"]
    start = next(event["time"] for event in events if event["event"] == "batch")
    shown = known(estimates(store, new_run(store), events[:-1]))
    errors = []
    for tenth in range(1, 10):
        now = start + (end - start) * tenth / 10
        left = [left for time, left in shown if time <= now][-1]
        errors.append(abs(left - (end - now)) / (end - start))
    assert np.mean(errors) < 0.1, errors
    assert max(errors[1:]) < 0.1, errors  # the first epoch is not half over at the first tenth
    first_epoch = next(event["time"] for event in events if event["event"] == "epoch")
    ends = [time + left for time, left in shown if time > first_epoch]  # when it expects to be ready
    assert max(abs(after - before) for before, after in pairwise(ends)) < 0.15 * (end - start)


def steady(*, epochs: int, batches: int, batch_seconds: float, end_seconds: float) -> Events:
    """A training in which each batch and each validation takes the same time, and a report comes after each batch."""
    events: Events = [{"event": "status", "status": "running", "time": 0.0}]
    now = 5.0  # the first batch builds the computation
    for epoch in range(1, epochs + 1):
        for batch in range(1, batches + 1):
            events.append({"event": "batch", "time": now, "epoch": epoch, "batch": batch, "batches": batches,
                           "loss": 1.0, "accuracy": 0.5, "learning_rate": 0.1, "images_per_second": 1.0})  # fmt: skip
            now += batch_seconds if batch < batches else end_seconds
        events.append({"event": "epoch", "time": now, "epoch": epoch, "loss": 1.0, "accuracy": 0.5, "val_loss": 1.0,
                       "val_accuracy": 0.5, "learning_rate": 0.1, "seconds": batches * batch_seconds,
                       "images_per_second": 1.0})  # fmt: skip
        now += batch_seconds
    return [{"seq": number + 1, **event} for number, event in enumerate(events)]


def test_the_time_of_validation_and_test_is_counted(store: RunStore) -> None:
    events = steady(epochs=4, batches=10, batch_seconds=0.5, end_seconds=3.0)
    end = events[-1]["time"] + 3.0 * 1000 / 400  # the test images, which are scored like the validation images
    after_first = next(number for number, event in enumerate(events) if event["event"] == "epoch")
    for time, left in known(estimates(store, new_run(store, epochs=4), events)[after_first:]):
        assert left == pytest.approx(end - time, rel=0.1, abs=0.6)


def test_a_machine_that_was_asleep_does_not_spoil_the_estimate(store: RunStore) -> None:
    events = steady(epochs=3, batches=100, batch_seconds=0.5, end_seconds=1.0)
    asleep = [{**event, "time": event["time"] + (3600 if number > 60 else 0)} for number, event in enumerate(events)]
    plain, slept = (estimates(store, new_run(store, epochs=3), made)[70][1] for made in (events[:71], asleep[:71]))
    assert plain is not None
    assert slept == pytest.approx(plain, rel=0.5)


def test_a_pause_is_not_part_of_the_time_per_batch(store: RunStore) -> None:
    events = steady(epochs=3, batches=100, batch_seconds=0.5, end_seconds=1.0)
    status = [{"event": "status", "status": word, "time": 40.0} for word in ("paused", "running")]
    paused = events[:61] + status + [{**event, "time": event["time"] + 600} for event in events[61:]]
    paused = [{**event, "seq": number + 1} for number, event in enumerate(paused)]
    plain = estimates(store, new_run(store, epochs=3), events[:81])[80][1]
    assert estimates(store, new_run(store, epochs=3), paused[:83])[82][1] == pytest.approx(plain, rel=0.05)


def test_nothing_is_estimated_from_the_first_batches(store: RunStore) -> None:
    events = steady(epochs=3, batches=100, batch_seconds=0.1, end_seconds=1.0)
    assert [left for _, left in estimates(store, new_run(store, epochs=3), events[:15])] == [None] * 15
