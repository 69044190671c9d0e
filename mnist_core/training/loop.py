"""The callback of `fit`: it sets the learning rate, reports progress, obeys requests and completes each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from mnist_core.errors import TrainingError
from mnist_core.training import schedules
from mnist_core.training.model_state import metric_arrays, reseed, restore_metrics, state_arrays
from mnist_core.training.progress import (
    NOT_A_NUMBER,
    Adjustments,
    BatchProgress,
    EpochMetrics,
    EpochResult,
    Recorder,
    Requests,
    TrainerState,
    best_of,
    has_stalled,
)
from mnist_core.training.settings import TrainingSettings

LOOK_SECONDS = 0.25
"""Least time between two checks for requests."""
REPORT_SECONDS = (0.25, 2.0)
"""Time between two progress reports at the start of a run, and after an hour, so that its journal stays small."""
PAUSE_POLL_SECONDS = 0.1
PAUSE_LIMIT_SECONDS = 1800.0
"""A training that is paused for longer than this ends with a checkpoint and frees its memory."""

Validate = Callable[[], tuple[np.ndarray, float, float]]
"""Returns validation probabilities (N, 10), loss and accuracy of the model."""


class FitCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras brings no types
    """Connects Keras to a `Recorder`."""

    def __init__(
        self,
        settings: TrainingSettings,
        *,
        recorder: Recorder,
        validate: Validate,
        n_images: int,
        state: TrainerState | None,
        adjustments: Adjustments,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.recorder = recorder
        self.validate = validate
        self.n_images = n_images
        self.batches = -(-n_images // settings.batch_size)
        self.resumed = state
        self.history: tuple[EpochMetrics, ...] = state.history if state else ()
        self.adjustments = adjustments
        self.outcome = "completed"
        self.training_seconds = 0.0  # of this process, without pauses and validation
        self.trained_images = 0
        self.unfinished_seconds = 0.0  # of an epoch that was ended in the middle
        self.earlier_seconds = state.seconds if state else 0.0
        self._current_rate = math.nan
        self._reported = self._looked = 0.0
        self._started = time.monotonic()

    @property
    def epochs(self) -> int:
        """Total epochs of the run, with adjustments."""
        return self.adjustments.epochs or self.settings.epochs

    # Keras calls these -------------------------------------------------------------------------------------------

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch
        self._batch, self._earlier_in_epoch = 0, 0.0
        if self.resumed is not None and self.resumed.batch and self.resumed.epoch == epoch:
            self._batch, self._earlier_in_epoch = self.resumed.batch, self.resumed.epoch_seconds
            restore_metrics(self.model, self.resumed.arrays)
        else:
            reseed(self.model, self.settings.seed, epoch)
        self.resumed = None
        self._epoch_start = self._window_start = time.monotonic()
        self._window_batch = self._batch
        self._paused_seconds = 0.0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        step = self._epoch * self.batches + self._batch
        rate = self._learning_rate(step)
        if rate != self._current_rate:
            self.model.optimizer.learning_rate = rate
            self._current_rate = rate

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._batch += 1
        loss = logs["loss"]
        if not math.isfinite(loss):
            raise self._not_a_number()
        now = time.monotonic()
        if now - self._reported >= self._report_interval(now):
            self._reported = now
            self._report(loss, logs["accuracy"], now)
        if now - self._looked >= LOOK_SECONDS and self._batch < self.batches:  # the end of the epoch checks again
            self._looked = now
            self._obey(self.recorder.requests())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.outcome != "completed" or not logs:
            return  # ended in the middle of an epoch; the checkpoint is written
        seconds = self._epoch_seconds()
        probabilities, val_loss, val_accuracy = self.validate()
        if not (math.isfinite(val_loss) and np.isfinite(probabilities).all()):
            raise self._not_a_number()  # a loss is computed before its step: the last step of an epoch shows here
        metrics = EpochMetrics(
            epoch=epoch + 1,
            loss=float(logs["loss"]),
            accuracy=float(logs["accuracy"]),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=float(self._current_rate),
            seconds=seconds,
            images_per_second=self.n_images / seconds,
        )
        self.history = (*self.history, metrics)
        self.training_seconds += seconds
        self.trained_images += self.n_images
        self._store(metrics, probabilities)
        self._obey(self.recorder.requests(), at_epoch_end=True)
        if self.outcome == "completed" and (epoch + 1 >= self.epochs or self.has_stalled()):
            self.model.stop_training = True

    # Steps -------------------------------------------------------------------------------------------------------

    def _not_a_number(self) -> TrainingError:
        return TrainingError(
            f"{NOT_A_NUMBER} after epoch {self._epoch + 1}, batch {self._batch}. "
            f"Try a learning rate well below {self._current_rate:g}, or gradient clipping."
        )

    def _epoch_seconds(self) -> float:
        """How long the epoch has been trained, before and after a stop; without pauses."""
        return self._earlier_in_epoch + time.monotonic() - self._epoch_start - self._paused_seconds

    def _learning_rate(self, step: int) -> float:
        base = self.settings.learning_rate
        factor = (self.adjustments.learning_rate or base) / base
        return factor * schedules.learning_rate_at(self.settings, step, self.batches, self.epochs)

    def _report_interval(self, now: float) -> float:
        shortest, longest = REPORT_SECONDS
        return min(longest, max(shortest, (now - self._started) / 2000))

    def _report(self, loss: float, accuracy: float, now: float) -> None:
        size = self.settings.batch_size
        images = min(self._batch * size, self.n_images) - self._window_batch * size  # the last batch may be smaller
        rate = images / max(1e-9, now - self._window_start)
        self._window_start, self._window_batch = now, self._batch
        self.recorder.batch(
            BatchProgress(
                epoch=self._epoch + 1,
                epochs=self.epochs,
                batch=self._batch,
                batches=self.batches,
                loss=float(loss),
                accuracy=float(accuracy),
                learning_rate=float(self._current_rate),
                images_per_second=rate,
            )
        )

    def _store(self, metrics: EpochMetrics, probabilities: np.ndarray) -> None:
        best = best_of(self.history, self.settings.kept_weights)
        start = time.monotonic()
        self.recorder.epoch(
            EpochResult(
                metrics=metrics,
                validation_probabilities=probabilities,
                state=self._state(epoch=metrics.epoch, batch=0),
                is_best=best is not None and best.epoch == metrics.epoch,
            )
        )
        self.training_seconds += time.monotonic() - start  # recording is part of the cost of a training

    def _state(self, *, epoch: int, batch: int) -> TrainerState:
        arrays = state_arrays(self.model)
        if batch:
            arrays |= metric_arrays(self.model)
        return TrainerState(
            arrays=arrays,
            epoch=epoch,
            batch=batch,
            history=self.history,
            seconds=self.earlier_seconds + self.training_seconds,
            epoch_seconds=self._epoch_seconds() if batch else 0.0,
        )

    def _checkpoint(self, at_epoch_end: bool) -> None:
        if not at_epoch_end:  # at the end of an epoch the state is stored already
            self.recorder.checkpoint(self._state(epoch=self._epoch, batch=self._batch))

    def _obey(self, requests: Requests, *, at_epoch_end: bool = False) -> None:
        self._adjust(requests.adjustments)
        if requests.stop:
            self._end("stopped", at_epoch_end)
        elif requests.pause:
            self._pause(at_epoch_end)

    def _adjust(self, wanted: Adjustments) -> None:
        merged = self.adjustments.merged(wanted)
        if merged.epochs:  # a run cannot have fewer epochs than it has begun
            merged = replace(merged, epochs=max(self._epoch + 1, merged.epochs))
        if merged != self.adjustments:
            self.adjustments = merged
            self.recorder.adjusted(self._epoch + self._batch / self.batches, merged)

    def _pause(self, at_epoch_end: bool) -> None:
        self._checkpoint(at_epoch_end)
        self.recorder.paused(True)
        start = time.monotonic()
        while (requests := self.recorder.requests()).pause and not requests.stop:
            if time.monotonic() - start > PAUSE_LIMIT_SECONDS:
                break
            time.sleep(PAUSE_POLL_SECONDS)
        self._paused_seconds += time.monotonic() - start  # a pause does not count as training, however it ends
        self._adjust(requests.adjustments)
        if requests.stop:
            self._end("stopped", at_epoch_end)
        elif requests.pause:
            self._end("paused", at_epoch_end)
        else:
            self.recorder.paused(False)
            self._window_start, self._window_batch = time.monotonic(), self._batch

    def _end(self, outcome: str, at_epoch_end: bool) -> None:
        self._checkpoint(at_epoch_end)
        if not (at_epoch_end and self._epoch + 1 >= self.epochs):  # a stop after the last epoch changes nothing
            self.outcome = outcome
            self.unfinished_seconds = 0.0 if at_epoch_end else self._epoch_seconds()
        self.model.stop_training = True

    def has_stalled(self) -> bool:
        """True if early stopping ends the run here."""
        return has_stalled(self.history, self.settings.early_stopping_patience, self.adjustments.patience_from)
