"""A hint, and the evidence that hints are derived from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics

CHANCE = 1 / N_CLASSES
"""The accuracy of random guessing."""


class HintKind(StrEnum):
    """What a hint is about; each rule gives one kind."""

    RATE_TOO_HIGH = "rate_too_high"
    NOTHING_LEARNED = "nothing_learned"
    DEAD_UNITS = "dead_units"
    RATE_TOO_LOW = "rate_too_low"
    IGNORED_CLASS = "ignored_class"
    OVERFITTING = "overfitting"
    PLATEAU = "plateau"
    UNDERFITTING = "underfitting"
    SMALL_VALIDATION = "small_validation"
    SPARE_UNITS = "spare_units"


class Evidence(StrEnum):
    """Where the numbers of a hint can be seen."""

    LOSS = "loss"  # the curves of the loss
    ACCURACY = "accuracy"  # the curves of the accuracy
    CONFUSION = "confusion"  # the confusion matrix of the validation images
    ACTIVATIONS = "activations"  # the activations of one layer


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """A remark on the curves of a run, with a change to try.

    Attributes:
        title: a few words.
        evidence: the numbers it was read from, in a sentence.
        seen_in: where these numbers can be seen.
        advice: the proposed change, in a sentence.
        changes: training settings to change, by name; empty if no setting helps.
        epoch: the epoch that the evidence names, to be marked on the curves of the loss; None if it names none.
        epoch_label: what happened at that epoch, in two or three words.
        layer: the layer that the evidence names, or None; `unit` is one of its units that shows the problem.
    """

    kind: HintKind
    title: str
    evidence: str
    seen_in: Evidence
    advice: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    epoch: int | None = None
    epoch_label: str = ""
    layer: str | None = None
    unit: int | None = None

    def applied(self, config: ExperimentConfig) -> ExperimentConfig:
        """The configuration with the proposed change."""
        return replace(config, training=replace(config.training, **self.changes), recipe=config.recipe)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HintEvidence:
    """What the rules read.

    Attributes:
        recall: recall of each class on the validation images, (10,), or None.
        dead_units: which units of each ReLU layer are dead, bool (units,) by layer name, or None.
    """

    config: ExperimentConfig
    history: tuple[EpochMetrics, ...]
    n_validation: int
    recall: npt.NDArray[np.float64] | None = None
    dead_units: Mapping[str, npt.NDArray[np.bool_]] | None = None
