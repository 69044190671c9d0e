"""A hint, and the evidence that hints are derived from."""

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
"""The accuracy of random guessing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """A remark on the curves of a run, with a change to try.

    Attributes:
        title: a few words.
        evidence: the numbers it was read from, in a sentence.
        chart: the chart that shows it: "loss" or "accuracy".
        advice: the proposed change, in a sentence.
        changes: training settings to change, by name; empty if no setting helps.
    """

    title: str
    evidence: str
    chart: str
    advice: str
    changes: Mapping[str, Any]

    def applied(self, config: ExperimentConfig) -> ExperimentConfig:
        """The configuration with the proposed change."""
        return replace(config, training=replace(config.training, **self.changes), recipe=config.recipe)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HintEvidence:
    """What the rules read.

    Attributes:
        recall: recall of each class on the validation images, (10,), or None.
        dead_units: share of dead units in each ReLU layer, by layer name, or None.
    """

    config: ExperimentConfig
    history: tuple[EpochMetrics, ...]
    n_validation: int
    recall: npt.NDArray[np.float64] | None = None
    dead_units: Mapping[str, float] | None = None
