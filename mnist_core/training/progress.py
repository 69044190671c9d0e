"""What a training reports: plain values, and the `Recorder` that receives them.

The trainer writes no files. Its caller passes a recorder; that of the worker writes into a run directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from mnist_core.training.settings import KeptWeights

NOT_A_NUMBER = "The loss is not a number"
"""How the error of a training begins that was lost to too large steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchProgress:
    """Progress within an epoch. Epochs and batches count from 1."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss: float
    accuracy: float
    learning_rate: float
    images_per_second: float


@dataclass(frozen=True, kw_only=True, slots=True)
class EpochMetrics:
    """Metrics of one finished epoch. `loss` and `accuracy` are means over the epoch's training batches."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float
    images_per_second: float

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EpochMetrics:
        """Metrics from a mapping that may hold more keys."""
        return cls(epoch=int(data["epoch"]), **{name: float(data[name]) for name in cls.__slots__ if name != "epoch"})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainerState:
    """All that is needed to resume: arrays by name, and the position in the training.

    `epoch` epochs are complete, and `batch` batches of the next one, which took `epoch_seconds` so far. `seconds` is
    the time of the complete epochs.
    """

    arrays: Mapping[str, np.ndarray]
    epoch: int
    batch: int
    history: tuple[EpochMetrics, ...]
    seconds: float = 0.0
    epoch_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EpochResult:
    """The result of one epoch: metrics, validation probabilities (N, 10), and the state to resume from."""

    metrics: EpochMetrics
    validation_probabilities: np.ndarray
    state: TrainerState
    is_best: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustments:
    """Changes to a run after its start; None keeps the setting of the configuration.

    `patience_from`: early stopping counts its patience from this epoch, at which more epochs were requested.
    """

    epochs: int | None = None
    learning_rate: float | None = None
    patience_from: int | None = None

    def merged(self, other: Adjustments) -> Adjustments:
        """These changes with those of `other` on top."""
        given = {name: value for name in self.__slots__ if (value := getattr(other, name)) is not None}
        return replace(self, **given)


NO_CHANGE = Adjustments()


@dataclass(frozen=True, kw_only=True, slots=True)
class Requests:
    """Requests to a running training."""

    stop: bool = False
    pause: bool = False
    adjustments: Adjustments = NO_CHANGE


class Recorder(Protocol):
    """Receives the reports of a training and passes requests to it."""

    def note(self, text: str) -> None:
        """A phase of the training, in words."""

    def batch(self, progress: BatchProgress) -> None:
        """Progress within an epoch; called a few times a second."""

    def epoch(self, result: EpochResult) -> None:
        """One epoch is complete; it must be stored when this returns."""

    def checkpoint(self, state: TrainerState) -> None:
        """Store a state in the middle of an epoch."""

    def paused(self, is_paused: bool) -> None:
        """The training is paused or resumed."""

    def adjusted(self, epochs: float, adjustments: Adjustments) -> None:
        """A changed setting takes effect now, after `epochs` epochs."""

    def requests(self) -> Requests:
        """The present requests."""


def best_of(history: tuple[EpochMetrics, ...], kept: KeptWeights = KeptWeights.BEST) -> EpochMetrics | None:
    """The epoch whose weights are kept; None before the first one.

    That with the highest validation accuracy, among equals with the lowest validation loss, then the earliest; or
    the last one, if the design says so.
    """
    if kept is KeptWeights.LAST:
        return history[-1] if history else None
    return max(history, key=lambda m: (m.val_accuracy, -m.val_loss, -m.epoch), default=None)


def has_stalled(history: tuple[EpochMetrics, ...], patience: int | None, patience_from: int | None = None) -> bool:
    """True if early stopping is on and the validation accuracy has not improved for `patience` epochs.

    Args:
        patience: how many epochs without improvement are allowed; None for any number.
        patience_from: the earliest epoch from which they are counted; None for the first.
    """
    if patience is None or not history:
        return False
    best = max(history, key=lambda metrics: (metrics.val_accuracy, -metrics.epoch))  # the first of the best
    return history[-1].epoch - max(best.epoch, patience_from or 0) >= patience
