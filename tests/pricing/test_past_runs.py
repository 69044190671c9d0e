"""The time of an epoch is taken from the newest run that does the same work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_core.export.capsule.importing import import_capsule
from mnist_core.export.capsule.writing import write_capsule
from mnist_core.pricing.past_runs import past_time
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from tests.finished_runs import finished_run


@pytest.fixture
def store(runs_folder: Path, sample_only: None) -> RunStore:
    return RunStore(runs_folder)


def timed(store: RunStore, ends: list[float], seconds: float = 2.0, **more: object) -> str:
    """A finished run whose epochs ended at these times and trained so long each."""
    run_id = finished_run(store, epochs=len(ends), **more)  # type: ignore[arg-type]
    journal = store.folder(run_id) / "events.jsonl"
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    for event in events:
        if event["event"] == "epoch":
            event.update(time=ends[event["epoch"] - 1], seconds=seconds)
    journal.write_text("".join(json.dumps(event) + "\n" for event in events))
    return run_id


def of(store: RunStore, run_id: str, **training: object) -> ExperimentConfig:
    config = store.get(run_id).config
    return replace(config, training=replace(config.training, **training))  # type: ignore[arg-type]


def test_an_epoch_lasts_from_one_end_to_the_next_whatever_the_pauses(store: RunStore) -> None:
    run_id = timed(store, [100.0, 103.0, 106.5, 2000.0, 2003.1])
    found = past_time(store, of(store, run_id))
    assert found is not None
    assert found.epoch_seconds == pytest.approx(3.3)  # of 3.0, 3.5, 1893.5 and 3.1
    assert (found.run.run_id, found.n_epochs) == (run_id, 4)


def with_event(store: RunStore, run_id: str, after_epoch: int, time: float, **event: object) -> None:
    """Put an event into the journal, behind that of an epoch, or at the front behind epoch 0."""
    journal = store.folder(run_id) / "events.jsonl"
    lines = journal.read_text().splitlines()
    place = next((i + 1 for i, line in enumerate(lines) if json.loads(line).get("epoch") == after_epoch), 0)
    lines.insert(place, json.dumps({"seq": 1, "time": time, **event}))
    numbered = [json.dumps({**json.loads(line), "seq": number}) for number, line in enumerate(lines, start=1)]
    journal.write_text("".join(f"{line}\n" for line in numbered))


@pytest.mark.parametrize("epochs", [2, 3])
def test_a_pause_or_another_start_makes_no_epoch_longer(store: RunStore, epochs: int) -> None:
    ends = [100.0, 29_000.0, 29_003.0][:epochs]
    run_id = timed(store, ends)
    with_event(store, run_id, 1, 102.0, event="status", status="paused")
    found = past_time(store, of(store, run_id))
    assert found is not None
    assert found.epoch_seconds == {2: 2.0, 3: 3.0}[epochs]  # of two epochs, none was undisturbed: the training alone


def test_a_run_from_another_machine_says_nothing_about_this_one(store: RunStore, tmp_path: Path) -> None:
    run_id = timed(store, [100.0, 103.0])
    elsewhere = RunStore(tmp_path / "elsewhere")
    copy_id = import_capsule(elsewhere, write_capsule(store, run_id, tmp_path))
    assert past_time(elsewhere, of(elsewhere, copy_id)) is None


def test_a_single_epoch_counts_with_its_training(store: RunStore) -> None:
    found = past_time(store, of(store, timed(store, [100.0], seconds=7.5)))
    assert found is not None
    assert found.epoch_seconds == 7.5


def test_a_single_epoch_says_nothing_about_more_of_them(store: RunStore) -> None:
    """TensorFlow builds its graph in the first epoch, which would be counted many times."""
    run_id = timed(store, [100.0], seconds=7.5)
    assert past_time(store, of(store, run_id, epochs=20)) is None


def test_a_clock_that_was_set_back_makes_no_epoch_shorter_than_its_training(store: RunStore) -> None:
    found = past_time(store, of(store, timed(store, [100.0, 40.0, 43.0])))
    assert found is not None
    assert found.epoch_seconds == pytest.approx(2.5)  # of 2 and 3


def test_the_number_of_epochs_the_seed_and_the_rate_change_nothing_other_settings_do(store: RunStore) -> None:
    run_id = timed(store, [100.0, 103.0])
    assert past_time(store, of(store, run_id, epochs=77, seed=5, learning_rate=0.5)) is not None
    assert past_time(store, of(store, run_id, batch_size=16)) is None
    assert past_time(store, of(store, run_id, validation_fraction=0.3)) is None
    assert past_time(store, replace(of(store, run_id), limit=100)) is None
    assert past_time(store, replace(of(store, run_id), dataset="optical-digits")) is None


def test_the_newest_run_counts(store: RunStore) -> None:
    timed(store, [100.0, 103.0])
    newer = timed(store, [100.0, 109.0])
    found = past_time(store, of(store, newer))
    assert found is not None
    assert (found.run.run_id, found.epoch_seconds) == (newer, 9.0)


def test_loading_counts_from_the_start_of_the_worker(store: RunStore) -> None:
    run_id = timed(store, [100.0, 103.0])
    journal = store.folder(run_id) / "events.jsonl"
    loading = {"seq": 1, "event": "note", "time": 85.5, "text": "Loading TensorFlow"}
    journal.write_text(json.dumps(loading) + "\n" + journal.read_text())
    found = past_time(store, of(store, run_id))
    assert found is not None
    assert found.start_seconds == 12.5  # the first epoch ended at 100 after 2 seconds


def test_a_start_that_was_stopped_and_resumed_is_not_counted(store: RunStore) -> None:
    run_id = timed(store, [100.0, 103.0])
    with_event(store, run_id, 0, 90.0, event="status", status="running")
    with_event(store, run_id, 0, 85.5, event="status", status="running")
    found = past_time(store, of(store, run_id))
    assert found is not None
    assert found.start_seconds == 0
    assert found.epoch_seconds == 3
