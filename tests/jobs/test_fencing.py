"""Two writers on one run directory where no lock holds, as on some network file systems: only the later one writes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_core.errors import ConfigError, RunTakenOverError
from mnist_core.jobs.endings import COMPLETED, TAKEN_OVER
from mnist_core.jobs.launcher import begin
from mnist_core.jobs.recorder import RunRecorder
from mnist_core.runs.checkpoints import load_state
from mnist_core.runs.document import read_document
from mnist_core.runs.events import read_events
from mnist_core.runs.fencing import Attempt
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import (
    Adjustments,
    BatchProgress,
    EpochMetrics,
    EpochResult,
    TrainerState,
)
from tests.jobs.conftest import Worker, events_of, last_seq, small_config, wait_for_batch


def state_after(epoch: int) -> TrainerState:
    history = tuple(metrics(number) for number in range(1, epoch + 1))
    return TrainerState(arrays={"weight:a": np.full(3, epoch, np.float32)}, epoch=epoch, batch=0, history=history)


def metrics(epoch: int) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch, loss=0.5, accuracy=0.5, val_loss=0.5, val_accuracy=epoch / 10,
        learning_rate=0.001, seconds=1.0, images_per_second=10.0,
    )  # fmt: skip


def result_of(epoch: int) -> EpochResult:
    probabilities = np.full((4, 10), 0.1, np.float32)
    return EpochResult(
        metrics=metrics(epoch), validation_probabilities=probabilities, state=state_after(epoch), is_best=True
    )


PROGRESS = BatchProgress(
    epoch=2, epochs=3, batch=1, batches=4, loss=0.5, accuracy=0.5, learning_rate=0.001, images_per_second=10.0
)


def recorder_of(store: RunStore, run_id: str) -> RunRecorder:
    recorder = RunRecorder(store, run_id, begin(store, run_id))
    recorder.set_validation(np.arange(4), np.zeros(4, np.int64))
    return recorder


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


ACTIONS: dict[str, Callable[[RunRecorder], object]] = {
    "note": lambda recorder: recorder.note("Training"),
    "batch": lambda recorder: recorder.batch(PROGRESS),
    "epoch": lambda recorder: recorder.epoch(result_of(2)),
    "checkpoint": lambda recorder: recorder.checkpoint(state_after(1)),
    "status": lambda recorder: recorder.status(RunStatus.STOPPED),
    "paused": lambda recorder: recorder.paused(True),
    "summary": lambda recorder: recorder.summary(test_accuracy=0.5),
    "adjusted": lambda recorder: recorder.adjusted(1.0, Adjustments(epochs=9)),
    "forget_test": lambda recorder: recorder.forget_test(),
    "set_initial_weights": lambda recorder: recorder.set_initial_weights({"a": np.zeros(3, np.float32)}),
    "requests": lambda recorder: recorder.requests(),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_an_old_worker_writes_nothing_once_a_later_one_has_begun(store: RunStore, action: str) -> None:
    run_id = store.create(small_config())
    old = recorder_of(store, run_id)
    old.epoch(result_of(1))
    begin(store, run_id)
    before = content(store.folder(run_id))
    with pytest.raises(RunTakenOverError, match="Attempt 1 .* attempt 2"):
        ACTIONS[action](old)
    assert content(store.folder(run_id)) == before
    old.close()


def test_a_checkpoint_whose_writing_took_too_long_is_not_put_in_place(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk does not answer while an old worker writes; when it does again, a later one is at work."""
    run_id = store.create(small_config())
    old = recorder_of(store, run_id)
    old.epoch(result_of(1))
    sync = os.fsync

    def stall(descriptor: int) -> None:
        sync(descriptor)
        if "last.npz" in os.readlink(f"/proc/self/fd/{descriptor}"):
            monkeypatch.setattr(os, "fsync", sync)
            begin(store, run_id)

    monkeypatch.setattr(os, "fsync", stall)
    with pytest.raises(RunTakenOverError):
        old.epoch(result_of(2))
    old.close()
    state, problem = load_state(store.folder(run_id) / "checkpoints")
    assert state is not None
    assert (state.epoch, problem) == (1, None)
    assert [event["epoch"] for event in events_of(store, run_id, "epoch")] == [1]


def test_of_two_that_began_at_the_same_moment_one_goes_on(store: RunStore) -> None:
    run_id = store.create(small_config())
    document = read_document(store.folder(run_id))
    both = [Attempt.after(document), Attempt.after(document)]
    assert [attempt.number for attempt in both] == [1, 1]
    for attempt in both:  # the second one writes last
        store.set(run_id, attempt=attempt.number, attempt_token=attempt.token)
    with pytest.raises(RunTakenOverError):
        RunRecorder(store, run_id, both[0])
    RunRecorder(store, run_id, both[1]).close()


def test_a_run_of_an_old_version_has_had_no_attempt_that_counts(store: RunStore) -> None:
    run_id = store.create(small_config())
    store.update(run_id, lambda document: document.pop("attempt"))
    assert store.get(run_id).attempt == 0
    assert begin(store, run_id).number == 1
    store.update(run_id, lambda document: document.pop("attempt_token"))
    assert begin(store, run_id).number == 2
    assert store.get(run_id).attempt == 2


def test_an_attempt_is_handed_over_as_text() -> None:
    attempt = Attempt.after({"attempt": 41})
    assert Attempt.parse(str(attempt)) == attempt
    for text in ("", "3", "3-", "-3-0123456789ab", "3-0123456789AB", "3-0123456789ab\n", "x" * 999):
        with pytest.raises(ConfigError, match="attempt"):
            Attempt.parse(text)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_worker_that_was_cut_off_ends_without_a_trace(
    store: RunStore, start_worker: Callable[[RunStore, str], Worker]
) -> None:
    """Two real trainings; the lock files are replaced in between, so that each holds its own."""
    run_id = store.create(small_config(epochs=4))
    old = start_worker(store, run_id)
    wait_for_batch(store, run_id, old)
    os.kill(old.pid, signal.SIGSTOP)
    for lock in ("lock", ".write-lock"):
        (store.folder(run_id) / lock).unlink(missing_ok=True)
    new = start_worker(store, run_id)
    begun = last_seq(store, run_id)
    wait_for_batch(store, run_id, new, epoch=2, after=begun)
    os.kill(old.pid, signal.SIGCONT)
    assert old.wait(timeout=60) == TAKEN_OVER
    assert new.wait(timeout=60) == COMPLETED
    assert [event["epoch"] for event in events_of(store, run_id, "epoch")] == [1, 2, 3, 4]
    seqs = [event["seq"] for event in read_events(store.folder(run_id) / "events.jsonl").events]
    assert seqs == list(range(1, len(seqs) + 1)), "the old worker wrote into the journal"
    assert store.get(run_id).status is RunStatus.COMPLETED
    assert store.get(run_id).attempt == 2
