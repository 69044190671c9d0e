"""A hint, and the evidence that hints are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import N_CLASSES
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import EpochMetrics

CHANCE = 1 / N_CLASSES
"""Accuracy of guessing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """One observation.

    Attributes:
        title: a few words.
        evidence: the numbers it rests on, in a sentence.
        chart: which curve shows it: "loss" or "accuracy".
        advice: what the proposed change is, in a sentence.
        changes: training settings of a new run, by name; empty if the change cannot be made by a setting.
    """

    title: str
    evidence: str
    chart: str
    advice: str
    changes: Mapping[str, Any]

    def applied(self, config: ExperimentConfig) -> ExperimentConfig:
        """The experiment with the proposed change."""
        return replace(config, training=replace(config.training, **self.changes), recipe=config.recipe)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HintEvidence:
    """What the rules may look at.

    Attributes:
        recall: share of each label's validation images that were found, (10,), or None.
        dead_units: share of units in each layer with ReLU that never answer, by layer name.
    """

    config: ExperimentConfig
    history: tuple[EpochMetrics, ...]
    n_validation: int
    recall: npt.NDArray[np.float64] | None = None
    dead_units: Mapping[str, float] | None = None
