"""An executor that trains run directories without Keras: an epoch of every run at each look.

The runs are real: locks, journals, checkpoints and predictions are written by the recorder of the worker, and stop and
pause are the requests that a worker obeys. What is made up is how many of 200 validation images a design gets right.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs.control import clear_requests
from mnist_core.jobs.launcher import begin
from mnist_core.jobs.recorder import RunRecorder
from mnist_core.jobs.worker import score_test
from mnist_core.locks import try_lock
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics, EpochResult, TrainerState

N_TRAINING, N_IMAGES = 800, 200
LABELS = (np.arange(N_IMAGES) % 10).astype(np.uint8)
Right = Callable[[ExperimentConfig, int], int]
"""How many of the 200 images a design gets right after an epoch."""


@dataclass(slots=True)
class Training:
    recorder: RunRecorder
    lock: int
    is_paused: bool = False


@dataclass(slots=True)
class Simulated:
    """The executor; `started` has the runs in the order in which they were handed over."""

    store: RunStore
    right: Right
    at_once: int = 8
    started: list[str] = field(default_factory=list)
    training: dict[str, Training] = field(default_factory=dict)

    def prepare(self, workers: int) -> None:
        self.at_once = workers

    def start(self, run_id: str) -> bool:
        if run_id in self.training:
            (self.store.folder(run_id) / "pause").unlink(missing_ok=True)
            self._status(run_id, RunStatus.RUNNING)
            self.training[run_id].is_paused = False
            return True
        lock = try_lock(self.store.folder(run_id) / "lock")
        assert lock is not None, "two tuners have the same run trained"
        recorder = RunRecorder(self.store, run_id, begin(self.store, run_id))
        recorder.set_validation(np.arange(N_IMAGES), LABELS)
        sizes = {"train_images": N_TRAINING, "validation_images": N_IMAGES, "test_images": N_IMAGES}
        recorder.set(dataset={"name": self.store.get(run_id).config.dataset, **sizes})
        self.started.append(run_id)
        self.training[run_id] = Training(recorder=recorder, lock=lock)
        return True

    def stop(self, run_id: str) -> None:
        if run_id in self.training:
            self._end(run_id, RunStatus.STOPPED)
        elif self.store.get(run_id).status.is_active:
            self.store.set(run_id, status=RunStatus.STOPPED.value)

    def pause(self, run_id: str) -> None:
        (self.store.folder(run_id) / "pause").touch()
        self._status(run_id, RunStatus.PAUSED)
        self.training[run_id].is_paused = True

    def look(self) -> None:
        for run_id, one in list(self.training.items()):
            if not one.is_paused:
                self._train(run_id, one.recorder)

    def die(self) -> None:
        """Let go of everything at once, as a machine does that loses power."""
        for one in self.training.values():
            one.recorder.close()
            os.close(one.lock)
        self.training.clear()

    def _train(self, run_id: str, recorder: RunRecorder) -> None:
        run = self.store.get(run_id)
        history = recorder.state.history if recorder.state is not None else ()
        epoch = len(history) + 1
        answers = _answers(self.right(run.config, epoch))
        right = float((answers.argmax(axis=1) == LABELS).mean())
        metrics = EpochMetrics(epoch=epoch, loss=1 / epoch, accuracy=right, val_loss=1 - right, val_accuracy=right,
                               learning_rate=0.001, seconds=0.1, images_per_second=1000.0)  # fmt: skip
        history = (*history, metrics)
        state = TrainerState(arrays={"weight:w": np.zeros(1, np.float32)}, epoch=epoch, batch=0, history=history,
                             seconds=0.1 * epoch)  # fmt: skip
        is_best = right >= max(one.val_accuracy for one in history)
        recorder.epoch(EpochResult(metrics=metrics, validation_probabilities=answers, state=state, is_best=is_best))
        recorder.state = state
        if epoch == run.epochs:
            score_test(recorder, Predictions.of_split(LABELS, answers))
            self._end(run_id, RunStatus.COMPLETED)

    def _end(self, run_id: str, status: RunStatus) -> None:
        one = self.training.pop(run_id)
        one.recorder.status(status, finished_at=1.0)
        clear_requests(self.store.folder(run_id))
        one.recorder.close()
        os.close(one.lock)

    def _status(self, run_id: str, status: RunStatus) -> None:
        self.training[run_id].recorder.status(status)


def _answers(n_right: int) -> np.ndarray:
    """Probabilities (200, 10) of which so many are right."""
    said = np.where(np.arange(N_IMAGES) < n_right, LABELS, (LABELS + 1) % 10)
    found = np.full((N_IMAGES, 10), 0.01, np.float32)
    found[np.arange(N_IMAGES), said] = 0.91
    return found
