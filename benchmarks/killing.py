"""A worker that is killed at random moments, again and again, and what must hold for its run after each kill.

The worker here is the real one (recorder, journal, checkpoints, locks) around a training that takes milliseconds
instead of minutes: each epoch turns arrays of numbers in a way that depends on the epoch alone, so that the undisturbed
end is known. It runs in a forked child, so a thousand kills take minutes.
"""

from __future__ import annotations

import math
import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mnist_core.files import sweep_temporaries
from mnist_core.jobs.recorder import RunRecorder
from mnist_core.locks import try_lock
from mnist_core.runs.checkpoints import load_state
from mnist_core.runs.events import read_events
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from mnist_core.training.progress import BatchProgress, EpochMetrics, EpochResult, TrainerState, best_of

Arrays = Mapping[str, np.ndarray]

BATCHES = 4
VALIDATION_IMAGES = 50


@dataclass(slots=True)
class Findings:
    """The result of a series of kills; everything but `kills` and `epochs` must stay empty."""

    kills: int = 0
    epochs: int = 0
    lost: list[str] = field(default_factory=list)
    unloadable: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.unloadable or self.repeated or self.different)


def start_arrays(values: int = 20_000) -> dict[str, np.ndarray]:
    """Arrays of a training before its first epoch."""
    generator = np.random.default_rng(0)
    return {
        "weight:conv_1/kernel": generator.random((3, 3, 1, 8), dtype=np.float32),
        "weight:output/kernel": generator.random(values, dtype=np.float32),
        "optimizer:0": np.zeros(values, np.float32),
    }


def after_epoch(arrays: Arrays, epoch: int) -> dict[str, np.ndarray]:
    """The arrays one epoch later."""
    return {name: np.float32(0.9) * array + np.float32(epoch) for name, array in arrays.items()}


def undisturbed(epochs: int) -> dict[str, np.ndarray]:
    """The arrays after `epochs` epochs without interruption."""
    arrays = start_arrays()
    for epoch in range(1, epochs + 1):
        arrays = after_epoch(arrays, epoch)
    return arrays


def new_run(store: RunStore, epochs: int) -> str:
    """A run for `work_on`."""
    return store.create(config_from_recipe("lenet-5", dataset="mnist-sample", epochs=epochs))


def work_on(store: RunStore, run_id: str, epochs: int, acknowledge: int) -> None:
    """Take the lock and train to the end; write the number of each recorded epoch to `acknowledge`."""
    folder = store.folder(run_id)
    lock = try_lock(folder / "lock", patience_seconds=5)
    if lock is None:
        raise RuntimeError("the lock of a killed worker is still held")
    try:
        sweep_temporaries(folder)
        recorder = RunRecorder(store, run_id)
        try:
            for epoch in train(recorder, epochs):
                os.write(acknowledge, b"%d\n" % epoch)
        finally:
            recorder.close()
    finally:
        os.close(lock)


def train(recorder: RunRecorder, epochs: int, *, batch_seconds: float = 0.0, share: float = 1.0) -> Iterator[int]:
    """Train to the end; gives the number of each epoch that is recorded. `share` is what its accuracy tends to."""
    recorder.set_validation(np.arange(VALIDATION_IMAGES), np.arange(VALIDATION_IMAGES) % 10)
    state = recorder.state or TrainerState(arrays=start_arrays(), epoch=0, batch=0, history=())
    arrays, history = dict(state.arrays), state.history
    for epoch in range(state.epoch + 1, epochs + 1):
        for batch in range(1, BATCHES + 1):
            recorder.batch(_progress(epoch, epochs, batch))
            time.sleep(batch_seconds)
        arrays = after_epoch(arrays, epoch)
        history = (*history, _metrics(epoch, share))
        best = best_of(history)
        recorder.epoch(
            EpochResult(
                metrics=history[-1],
                validation_probabilities=np.full((VALIDATION_IMAGES, 10), 0.1, np.float32),
                state=TrainerState(arrays=arrays, epoch=epoch, batch=0, history=history),
                is_best=best is not None and best.epoch == epoch,
            )
        )
        yield epoch


def kill_again_and_again(
    root: Path, *, kills: int, epochs: int, seed: int = 0, longest_seconds: float = 0.15
) -> Findings:
    """Start a worker, kill it after a random time, check its run, start it again; a new run whenever one is completed.

    After the last kill the run is left to come to its end, however slow the machine is.
    """
    store, findings, chance = RunStore(root), Findings(), random.Random(seed)
    run_id, acknowledged, is_over = new_run(store, epochs), 0, False
    while findings.kills < kills or not is_over:
        seconds = chance.uniform(0, longest_seconds) if findings.kills < kills else math.inf
        told, is_over = _run_and_kill(store, run_id, epochs, seconds)
        findings.kills += not is_over
        acknowledged = max(acknowledged, told)
        look(store, run_id, acknowledged, findings)
        if is_over:
            look_at_end(store, run_id, epochs, findings)
            findings.epochs += epochs
            run_id, acknowledged = new_run(store, epochs), 0
    return findings


def look(store: RunStore, run_id: str, acknowledged: int, findings: Findings) -> None:
    """What must hold after a kill at any moment."""
    store.get(run_id)
    try:
        state, problem = load_state(store.folder(run_id) / "checkpoints")
    except Exception as error:
        findings.unloadable.append(f"{run_id}: {error}")
        return
    if problem:
        findings.unloadable.append(f"{run_id}: {problem}")
    stored = [metrics.epoch for metrics in store.history(run_id)]
    if acknowledged and (state is None or state.epoch < acknowledged or acknowledged not in stored):
        findings.lost.append(f"{run_id}: epoch {acknowledged} was acknowledged, stored are {stored}")
    told = [e["epoch"] for e in read_events(store.folder(run_id) / "events.jsonl").events if e["event"] == "epoch"]
    if len(told) != len(set(told)):
        findings.repeated.append(f"{run_id}: {told}")


def look_at_end(store: RunStore, run_id: str, epochs: int, findings: Findings) -> None:
    """What must hold for a completed run: each epoch once, and the weights of a training without interruption."""
    told = [e["epoch"] for e in read_events(store.folder(run_id) / "events.jsonl").events if e["event"] == "epoch"]
    if told != list(range(1, epochs + 1)):
        findings.repeated.append(f"{run_id}: {told}")
    state, _ = load_state(store.folder(run_id) / "checkpoints")
    wanted = undisturbed(epochs)
    if state is None or any(not np.array_equal(state.arrays[name], wanted[name]) for name in wanted):
        findings.different.append(run_id)
    best = store.weights(run_id, "best")
    if best["output/kernel"].shape != wanted["weight:output/kernel"].shape:
        findings.different.append(f"{run_id}: best")


def _run_and_kill(store: RunStore, run_id: str, epochs: int, seconds: float) -> tuple[int, bool]:
    """Epochs acknowledged by one worker, and whether it ended before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            work_on(store, run_id, epochs, writing)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    deadline = time.monotonic() + seconds
    pid, status = os.waitpid(child, os.WNOHANG)
    while pid == 0 and time.monotonic() < deadline:
        time.sleep(0.001)
        pid, status = os.waitpid(child, os.WNOHANG)
    if pid == 0:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    told = b""
    while chunk := os.read(reading, 4096):
        told += chunk
    os.close(reading)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"The worker of {run_id} failed; its error is above.")
    whole = told[: told.rfind(b"\n") + 1].split()
    return int(whole[-1]) if whole else 0, os.WIFEXITED(status)


def _progress(epoch: int, epochs: int, batch: int) -> BatchProgress:
    return BatchProgress(
        epoch=epoch, epochs=epochs, batch=batch, batches=BATCHES, loss=1 / epoch, accuracy=0.5, learning_rate=0.001,
        images_per_second=1000.0,
    )  # fmt: skip


def _metrics(epoch: int, share: float) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch, loss=1 / epoch, accuracy=0.5, val_loss=1 / epoch, val_accuracy=share * (1 - 1 / (epoch + 1)),
        learning_rate=0.001, seconds=0.01, images_per_second=1000.0,
    )  # fmt: skip
