"""What a training reports, and to whom: plain values, and the `Recorder` that takes them.

The trainer knows no files. Whoever starts it hands it a recorder; the worker's writes them into a run directory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchProgress:
    """Where a training stands within an epoch. Epochs and batches count from 1."""

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
    """Scores of one finished epoch. `loss` and `accuracy` are means over the epoch's training batches."""

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
    """All that is needed to go on: arrays by name, and how far the training has come.

    `epoch` epochs are complete, and `batch` batches of the next one, which took `epoch_seconds` so far. `seconds` is
    the time of the complete ones.
    """

    arrays: Mapping[str, np.ndarray]
    epoch: int
    batch: int
    history: tuple[EpochMetrics, ...]
    seconds: float = 0.0
    epoch_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EpochResult:
    """What one epoch leaves behind: metrics, validation probabilities (N, 10), and the state to go on from."""

    metrics: EpochMetrics
    validation_probabilities: np.ndarray
    state: TrainerState
    is_best: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjustments:
    """Changes made to a run after its start; None leaves the setting of the configuration in force.

    `patience_from`: early stopping counts its patience from this epoch on, because more epochs were asked for then.
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
    """What the person asks of a running training."""

    stop: bool = False
    pause: bool = False
    adjustments: Adjustments = NO_CHANGE


class Recorder(Protocol):
    """Takes what a training reports, and says what is asked of it."""

    def note(self, text: str) -> None:
        """A phase of the work, in words."""

    def batch(self, progress: BatchProgress) -> None:
        """Progress within an epoch; called a few times a second."""

    def epoch(self, result: EpochResult) -> None:
        """One epoch is complete; must be stored when this returns."""

    def checkpoint(self, state: TrainerState) -> None:
        """Store a state in mid-epoch."""

    def paused(self, is_paused: bool) -> None:
        """The training waits, or goes on."""

    def adjusted(self, epochs: float, adjustments: Adjustments) -> None:
        """A changed setting is in force from here on, `epochs` epochs into the run."""

    def requests(self) -> Requests:
        """What is asked of the training now."""


def best_of(history: tuple[EpochMetrics, ...]) -> EpochMetrics | None:
    """The epoch with the highest validation accuracy; among equals the lowest validation loss, then the earliest."""
    return max(history, key=lambda m: (m.val_accuracy, -m.val_loss, -m.epoch), default=None)


def has_stalled(history: tuple[EpochMetrics, ...], patience: int | None, patience_from: int | None = None) -> bool:
    """True if early stopping is on, and its patience with the validation accuracy is over.

    Args:
        patience: epochs without a gain that are allowed; None is without end.
        patience_from: the epoch from which they are counted at the earliest; None is the first.
    """
    if patience is None or not history:
        return False
    best = max(history, key=lambda metrics: (metrics.val_accuracy, -metrics.epoch))  # the first of the best
    return history[-1].epoch - max(best.epoch, patience_from or 0) >= patience
