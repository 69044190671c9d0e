"""Writes the reports of a training into its run directory, in an order that survives a kill at any point.

For each epoch: validation predictions, weights to look back at, checkpoint (`last`, then `best`), and only then the
`epoch` event. If a kill comes between checkpoint and event, the event is added from the checkpoint when the run is
resumed.

With an attempt, every write is preceded by a look whether it is still the present one: see `mnist_core.runs.fencing`.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Mapping

import numpy as np
import psutil

from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.files import write_arrays
from mnist_core.jobs.control import is_asked_to_stop, read_requests
from mnist_core.runs.checkpoints import WEIGHT, best_epoch_stored, load_state, restore_best, save_best, save_state
from mnist_core.runs.document import read_document
from mnist_core.runs.epoch_weights import BEFORE_TRAINING, conv_kernels, forget_epoch_weights, keep_epoch_weights
from mnist_core.runs.events import EventLog, drop_epochs_after, epoch_events
from mnist_core.runs.fencing import Attempt, Fence
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import (
    NO_CHANGE,
    Adjustments,
    BatchProgress,
    EpochMetrics,
    EpochResult,
    Requests,
    TrainerState,
    best_of,
)


class RunRecorder:
    """The `Recorder` of one run directory; its creator holds the lock.

    All methods raise a `RunTakenOverError`, and write nothing, once another attempt than `attempt` has begun; by
    default, that is the present one.
    """

    def __init__(self, store: RunStore, run_id: str, attempt: Attempt | None = None) -> None:
        self.store = store
        self.run_id = run_id
        self.folder = store.folder(run_id)
        self._kept = store.get(run_id).config.training.kept_weights
        self.fence = Fence(self.folder, attempt or Attempt.present(read_document(self.folder)))
        self.fence.check()
        self.stop_signal = threading.Event()
        self.obeyed = NO_CHANGE
        self.state, self.checkpoint_problem = load_state(self.folder / "checkpoints")
        done = self.state.epoch if self.state else 0
        drop_epochs_after(self.folder / "events.jsonl", done)
        forget_epoch_weights(self.folder, after=done)
        self.events = EventLog(self.folder / "events.jsonl")
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._repair()
        self.validation_rows: np.ndarray | None = None
        self.validation_labels: np.ndarray | None = None

    def set_validation(self, rows: np.ndarray, labels: np.ndarray) -> None:
        """Set the validation images: row numbers (N,) and labels (N,)."""
        self.validation_rows, self.validation_labels = rows, labels

    def set_initial_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Keep the weights by name that the training begins with, to look back at."""
        self.fence.check()
        keep_epoch_weights(self.folder, BEFORE_TRAINING, weights)

    def status(self, status: RunStatus, **fields: object) -> None:
        """Write a new status into journal and `run.json`."""
        self._tell("status", durable=True, status=status.value, **fields)
        self.set(status=status.value, **fields)

    def set(self, **fields: object) -> None:
        """Replace top-level fields of `run.json`."""
        self.store.update(self.run_id, lambda document: document.update(fields), by=self.fence.attempt)

    # The Recorder protocol ---------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        self._tell("note", text=text)

    def batch(self, progress: BatchProgress) -> None:
        self._tell(
            "batch",
            **dataclasses.asdict(progress),
            cpu_percent=self._process.cpu_percent(),
            memory_bytes=self._process.memory_info().rss,
        )

    def epoch(self, result: EpochResult) -> None:
        if self.validation_rows is None or self.validation_labels is None:
            raise RuntimeError("`set_validation` comes before the first epoch.")
        self.fence.check()
        epoch = result.metrics.epoch
        predictions = self.folder / "predictions"
        predictions.mkdir(exist_ok=True)
        save_predictions(
            predictions / f"validation-{epoch:03d}.npz",
            Predictions(
                index=self.validation_rows, labels=self.validation_labels, probabilities=result.validation_probabilities
            ),
        )
        self._keep_weights(epoch, result.state.arrays)
        self._save_state(result.state)
        if result.is_best:
            save_best(self.folder / "checkpoints", result.state, last_look=self.fence.check)
        self._tell("epoch", durable=True, **dataclasses.asdict(result.metrics))
        self._summarise(result.state.history, result.state.seconds)

    def checkpoint(self, state: TrainerState) -> None:
        self._save_state(state)
        self._tell("checkpoint", durable=True, epoch=state.epoch, batch=state.batch)

    def paused(self, is_paused: bool) -> None:
        self.status(RunStatus.PAUSED if is_paused else RunStatus.RUNNING)

    def adjusted(self, epochs: float, adjustments: Adjustments) -> None:
        self._tell("adjusted", durable=True, at=epochs, **dataclasses.asdict(adjustments))
        self.set(adjustments=dataclasses.asdict(adjustments))

    def requests(self) -> Requests:
        self.fence.glance()
        asked = read_requests(self.folder)
        self.obeyed = asked.adjustments  # by whoever calls this
        return dataclasses.replace(asked, stop=asked.stop or self.stop_signal.is_set())

    def is_asked_to_stop(self) -> bool:
        """True if the next phase of the work should not begin."""
        return self.stop_signal.is_set() or is_asked_to_stop(self.folder)

    def _tell(self, event: str, *, durable: bool = False, **values: object) -> None:
        if durable:
            self.fence.check()
        else:
            self.fence.glance()
        self.events.append(event, durable=durable, **values)

    def _save_state(self, state: TrainerState) -> None:
        self.fence.check()  # before `last` becomes `previous`
        save_state(self.folder / "checkpoints", state, last_look=self.fence.check)

    def _keep_weights(self, epoch: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep what the network looks like after an epoch: all weights of a small network, else its filters."""
        weights = {name.removeprefix(WEIGHT): array for name, array in arrays.items() if name.startswith(WEIGHT)}
        if keep_epoch_weights(self.folder, epoch, weights):
            return
        kernels = {name: array.astype(np.float16) for name, array in conv_kernels(weights).items()}
        if kernels:
            (self.folder / "filters").mkdir(exist_ok=True)
            write_arrays(self.folder / "filters" / f"epoch-{epoch:03d}.npz", kernels)

    # Repair ------------------------------------------------------------------------------------------------------

    def _repair(self) -> None:
        """Make journal and `best` agree with the checkpoint that the run is resumed from."""
        if self.checkpoint_problem:
            self.note(self.checkpoint_problem)
        if self.state is None:
            return
        told = {event.get("epoch") for event in epoch_events(self.events.path)}
        for metrics in self.state.history:
            if metrics.epoch not in told:
                self._tell("epoch", durable=True, **dataclasses.asdict(metrics))
        best = best_of(self.state.history, self._kept)
        checkpoints = self.folder / "checkpoints"
        if best is not None and best_epoch_stored(checkpoints) != best.epoch:
            if best.epoch == self.state.epoch and self.state.batch == 0:
                save_best(checkpoints, self.state)
            else:
                restore_best(checkpoints, best.epoch)
        self._summarise(self.state.history, self.state.seconds)

    def _summarise(self, history: tuple[EpochMetrics, ...], seconds: float) -> None:
        best = best_of(history, self._kept)
        figures = {
            "epochs_done": len(history),
            "best_epoch": best.epoch if best else None,
            "validation_accuracy": best.val_accuracy if best else None,
            "validation_loss": best.val_loss if best else None,
            "train_seconds": seconds,
        }
        self.summary(**figures)

    def summary(self, **figures: object) -> None:
        """Merge values into the summary of `run.json`."""

        def change(document: dict[str, object]) -> None:
            present = document.get("summary")
            document["summary"] = {**(present if isinstance(present, dict) else {}), **figures}

        self.store.update(self.run_id, change, by=self.fence.attempt)

    def forget_test(self) -> None:
        """Remove the test scores of an earlier end before the training is resumed."""
        self.fence.check()
        (self.folder / "predictions" / "test.npz").unlink(missing_ok=True)
        self.summary(test_accuracy=None, test_loss=None)

    def close(self) -> None:
        """Close the journal."""
        self.events.close()


def now() -> float:
    """Wall-clock time in seconds, for display only; nothing is ordered by it."""
    return time.time()
