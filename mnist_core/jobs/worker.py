"""The worker: `python -m mnist_core.jobs.worker RUN_DIR`.

It takes the lock on the run directory, resumes from the last checkpoint if there is one, trains, scores the test images
with the best checkpoint, and reports by its exit code how it ended. The same command starts and resumes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.environment import cluster_stated
from mnist_core.errors import (
    MnistCoreError,
    RunCorruptedError,
    RunLockedError,
    RunNotFoundError,
    RunTakenOverError,
    TrainingError,
)
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.files import sweep_temporaries, write_bytes
from mnist_core.jobs.adjusting import keep_adjustments
from mnist_core.jobs.control import clear_requests, is_asked_to_stop, sign
from mnist_core.jobs.endings import BAD_INPUT, COMPLETED, LEFT_ALONE, LOCKED, STOPPED, TAKEN_OVER, explain
from mnist_core.jobs.launcher import begin, begin_task
from mnist_core.jobs.recorder import RunRecorder, now
from mnist_core.locks import try_lock
from mnist_core.models.loading import load_keras
from mnist_core.processes import end_with_input, lower_priority
from mnist_core.runs.checkpoints import read_weights
from mnist_core.runs.fencing import Attempt, Fence
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.versions import environment

RESERVE = ".reserve"
RESERVE_BYTES = 1 << 16
SCRATCH = ".scratch"
TASK_PATIENCE_SECONDS = 30.0
"""On a cluster, the worker before may still be ending on another machine."""


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mnist_core.jobs.worker", description="Train one run directory.")
    parser.add_argument("run_dir", type=Path, help="the directory of the run")
    parser.add_argument("--lock-fd", type=int, help="descriptor that already holds the lock (for the launcher)")
    parser.add_argument("--attempt", type=Attempt.parse, help="the attempt that has begun (for the launcher)")
    parser.add_argument("--task", default="", help="what the run calls its place on a cluster (for the cluster)")
    options = parser.parse_args(arguments)
    folder = options.run_dir.absolute()
    store = RunStore(folder.parent)
    if options.task:
        end_with_input(LEFT_ALONE)
    try:
        lock = take_lock(store, folder.name, options.lock_fd, TASK_PATIENCE_SECONDS if options.task else 0.5)
    except (RunNotFoundError, RunLockedError) as error:
        print(error, file=sys.stderr)
        return LOCKED if isinstance(error, RunLockedError) else BAD_INPUT
    try:
        return work(store, folder.name, lock, options.attempt, options.task)
    finally:
        os.close(lock)
        if not options.task:  # a cluster is given its runs by whoever asks it
            start_next(store)


def take_lock(store: RunStore, run_id: str, inherited: int | None, patience_seconds: float) -> int:
    """A descriptor that holds the lock on the run.

    Raises:
        RunNotFoundError: no such run.
        RunLockedError: another worker trains it.
    """
    folder = store.folder(run_id)
    lock = inherited if inherited is not None else try_lock(folder / "lock", patience_seconds=patience_seconds)
    if lock is None:
        raise RunLockedError(f"Run {run_id} is being trained by another worker.")
    return lock


def work(store: RunStore, run_id: str, lock: int, attempt: Attempt | None, task: str = "") -> int:
    """Train a run whose lock is held; every failure becomes a sentence in `run.json`.

    Args:
        attempt: what the launcher has begun, whose requests are for this worker; None to begin one here.
        task: what the run calls its place on a cluster; empty if it is trained on this machine.
    """
    folder = store.folder(run_id)
    recorder = None
    try:
        sign(lock)
        attempt = attempt or (begin_task(store, run_id, task) if task else begin(store, run_id))
        Fence(folder, attempt).check()
        sweep_temporaries(folder)
        use_scratch(folder)
        keep_reserve(folder)
        record = store.get(run_id)
        recorder = RunRecorder(store, run_id, attempt)
        signal.signal(signal.SIGTERM, lambda *_: recorder.stop_signal.set())
        lower_priority()
        recorder.status(RunStatus.RUNNING, error=None)
        status = train(store, record, recorder)
        if task and status is RunStatus.STOPPED and not is_asked_to_stop(folder):
            code = LEFT_ALONE  # the machine is wanted back, not the run stopped: its status stays
        else:
            recorder.status(status, finished_at=now())
            code = COMPLETED if status is RunStatus.COMPLETED else STOPPED
    except RunTakenOverError as error:
        print(error, file=sys.stderr)
        return TAKEN_OVER  # its files, also the temporary ones, are those of the other attempt
    except BaseException as error:
        # The one place that catches everything: every failure must be recorded in the run directory.
        traceback.print_exc()
        if is_taken_over(folder, attempt):
            return TAKEN_OVER
        code = fail(store, run_id, recorder, error)
    clean_up(store, run_id, recorder)
    return code


def is_taken_over(folder: Path, attempt: Attempt | None) -> bool:
    """Whether another attempt to train the run has begun."""
    try:
        if attempt is not None:
            Fence(folder, attempt).check()
    except RunTakenOverError:
        return True
    except (OSError, MnistCoreError):
        return False
    return False


def clean_up(store: RunStore, run_id: str, recorder: RunRecorder | None) -> None:
    """Remove what this worker needed while it ran, and the requests to it."""
    folder = store.folder(run_id)
    free_reserve(folder)
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    if recorder is not None:
        with contextlib.suppress(OSError, MnistCoreError):
            keep_adjustments(store, run_id, obeyed=recorder.obeyed)
        clear_requests(folder)
        recorder.close()


def train(store: RunStore, record: RunRecord, recorder: RunRecorder) -> RunStatus:
    """Fit, then score the test split; returns the status to end with."""
    dataset = load_dataset(record.config.dataset)
    known = record.dataset.sha256 if record.dataset else ""
    if known and known != dataset.sha256:
        raise TrainingError(
            f"The data set `{dataset.name}` has changed since this run was started. Expected SHA-256 {known[:12]}…. "
            f"Received: {dataset.sha256[:12]}…. Start a new run."
        )
    if recorder.is_asked_to_stop():
        return RunStatus.STOPPED
    recorder.note("Loading TensorFlow")
    # Takes seconds and 400 MB: after everything that can fail fast.
    load_keras(deterministic=record.config.training.deterministic)
    from mnist_core.training.trainer import Trainer

    if recorder.is_asked_to_stop():
        return RunStatus.STOPPED
    recorder.note("Building the network")
    trainer = Trainer(record.config, dataset, record.precision)
    recorder.set_validation(trainer.validation_rows, dataset.train.labels[trainer.validation_rows])
    recorder.set(
        precision=trainer.precision.value,
        environment=environment(),
        scaler=trainer.scaler.to_dict(),
        dataset={
            "name": dataset.name,
            "sha256": dataset.sha256,
            "train_images": len(trainer.train_rows),
            "validation_images": len(trainer.validation_rows),
            "test_images": len(dataset.test),
        },
    )
    if recorder.state is not None and recorder.state.epoch < record.epochs:
        recorder.forget_test()  # scored with weights that may no longer be the best
    if recorder.state is None:
        recorder.set_initial_weights(trainer.weights())
    recorder.note("Training")
    outcome = trainer.fit(recorder, recorder.state, record.adjustments)
    speed = {} if outcome.images_per_second is None else {"images_per_second": outcome.images_per_second}
    recorder.summary(train_seconds=outcome.train_seconds, **speed)
    if outcome.outcome != "completed":
        return RunStatus(outcome.outcome)
    recorder.note("Scoring the test images")
    weights = read_weights(recorder.folder / "checkpoints" / "best.npz")
    probabilities = trainer.probabilities(dataset.test.images, weights)
    score_test(recorder, Predictions.of_split(dataset.test.labels, probabilities))
    return RunStatus.COMPLETED


def score_test(recorder: RunRecorder, predictions: Predictions) -> None:
    """Store the test predictions and their scores."""
    recorder.fence.check()
    save_predictions(recorder.folder / "predictions" / "test.npz", predictions)
    recorder.summary(test_accuracy=predictions.accuracy, test_loss=predictions.loss)


def fail(store: RunStore, run_id: str, recorder: RunRecorder | None, error: BaseException) -> int:
    """Record the failure, as far as the disk allows; returns the exit code."""
    sentence, code = explain(error)
    free_reserve(store.folder(run_id))
    fields = {"error": sentence, "finished_at": now()}
    with contextlib.suppress(OSError, MnistCoreError):
        if recorder is not None:
            recorder.status(RunStatus.FAILED, **fields)
        else:
            store.set(run_id, status=RunStatus.FAILED.value, **fields)
    return code


def use_scratch(folder: Path) -> None:
    """Create temporary files in the run directory, where the next worker removes those of a killed one.

    TensorFlow writes the code it generates to such files and does not remove them when it is killed.
    """
    scratch = folder / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    tempfile.tempdir = str(scratch)


def keep_reserve(folder: Path) -> None:
    """Reserve some disk space, so that a full disk can still be recorded."""
    write_bytes(folder / RESERVE, bytes(RESERVE_BYTES))


def free_reserve(folder: Path) -> None:
    """Release the reserved disk space."""
    with contextlib.suppress(OSError):
        (folder / RESERVE).unlink(missing_ok=True)


def start_next(store: RunStore) -> None:
    """Start the next run of the queue, also without a server; a cluster is given its runs by the server."""
    if cluster_stated():
        return
    from mnist_core.jobs.queue import dispatch

    with contextlib.suppress(OSError, MnistCoreError, RunCorruptedError):
        dispatch(store)


if __name__ == "__main__":
    exit_code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)  # all is written and closed; the shutdown of TensorFlow would take another second
