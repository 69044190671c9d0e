"""The predictions of a run for the images of a split, as columns to sort, filter and colour by."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard import cached
from dashboard.shared.context.digit import judged_split_of
from dashboard.shared.measures import shown_measure
from dashboard.state.current import current
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.measures.registry import MEASURES, Measure
from mnist_core.errors import PredictionsError, RunError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.record import RunRecord

RUN_COLUMNS: Mapping[str, Measure] = {
    "loss": Measure(title="Loss", unit="nats", help="Cross-entropy of the run's prediction; 0 is the best value."),
    "confidence": Measure(title="Confidence", unit="0 to 1", help="Probability of the run's predicted label."),
    "correct": Measure(title="Correct", unit="1 correct, 0 wrong", help="Whether the predicted label is the true one."),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RunView:
    """A run and its stored predictions for the images of one split: all test images, or the validation images.

    Attributes:
        positions: int64 (N,), for each image of the split its row in `predictions`, or -1.
    """

    run: RunRecord
    predictions: Predictions
    positions: NDArray[np.int64]

    def columns(self) -> dict[str, NDArray[np.float32]]:
        """`RUN_COLUMNS` for each image of the split, float32 (N,); NaN where the run has no prediction."""
        values = {
            "loss": self.predictions.losses,
            "confidence": self.predictions.confidence,
            "correct": self.predictions.correct.astype(np.float32),
        }
        return {name: self._spread(found) for name, found in values.items()}

    def _spread(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        spread = np.full(len(self.positions), np.nan, np.float32)
        spread[self.predictions.index] = values
        return spread


def runs_on(dataset: Dataset) -> dict[str, RunRecord]:
    """The newest runs of exactly this data set, and the one in the link."""
    found = dict(cached.runs_on(dataset))
    wanted = current.run
    if wanted is not None and wanted not in found:
        with contextlib.suppress(RunError):
            run = cached.run_store().get(wanted)
            if run.dataset is not None and run.dataset.sha256 == dataset.sha256:
                found[wanted] = run
    return found


def chosen_run(dataset: Dataset, split: SplitName) -> RunView | None:
    """The run in the link with its predictions for this split; None if it has none."""
    run = runs_on(dataset).get(current.run or "")
    if run is None:
        return None
    try:
        stored = cached.predictions(run.run_id, judged_split_of(split))
    except PredictionsError:
        return None
    n = len(dataset.split(split))
    if len(stored) and stored.index.max() >= n:
        return None
    positions = np.full(n, -1, np.int64)
    positions[stored.index] = np.arange(len(stored))
    return RunView(run=run, predictions=stored, positions=positions)


def described(name: str) -> Measure:
    """Title, unit and help of a measure or a column of a run."""
    return MEASURES.get(name) or RUN_COLUMNS[name]


def shown_value(name: str, value: float) -> str:
    """A value of a measure or a column of a run, suitably rounded."""
    if name in MEASURES:
        return shown_measure(name, value)
    if math.isnan(value):
        return "unknown"
    return f"{value:g}" if name == "correct" else f"{value:.3f}"
