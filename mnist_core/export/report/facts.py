"""What a report says about one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mnist_core.data.dataset import DIGITS, Dataset, UInt8Array
from mnist_core.errors import DatasetError, ExportError
from mnist_core.evaluation.calibration import Calibration, calibration
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.mistakes import MistakeQuery, find_mistakes
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.scores import Scores, scores
from mnist_core.evaluation.verdict import verdict
from mnist_core.export.exportable import dataset_of, exportable_run, images_of, stored_predictions
from mnist_core.hints.hint import HintEvidence
from mnist_core.hints.rules import hints
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import EpochMetrics

N_MISTAKES = 24


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """A digit: its image uint8 (28, 28), its row in the split, and what was said of it."""

    image: UInt8Array
    row: int
    true: str
    predicted: str
    probability: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Facts:
    """All that a report says about a run.

    Attributes:
        split: of the digits that everything is about: `test`, or `validation` if those are not scored.
        dataset: None if it is not on this machine, or has changed.
        mistakes: the misclassified digits with the highest loss; empty without the data set.
    """

    run: RunRecord
    history: tuple[EpochMetrics, ...]
    split: str
    predictions: Predictions
    dataset: Dataset | None
    scores: Scores
    matrix: ConfusionMatrix
    calibration: Calibration
    mistakes: tuple[Picture, ...]

    @property
    def class_names(self) -> tuple[str, ...]:
        return DIGITS if self.dataset is None else self.dataset.class_names

    @property
    def mean_confidence(self) -> float:
        return float(self.predictions.confidence.mean()) if len(self.predictions) else float("nan")

    def sentences(self) -> Iterator[str]:
        """What its predictions show, and what its curves hint at."""
        yield from (finding.sentence(self.class_names) for finding in verdict(self.predictions))
        yield from self._hints()

    def _hints(self) -> Iterator[str]:
        n_validation = self.run.dataset.validation_images if self.run.dataset else 0
        evidence = HintEvidence(config=self.run.config_in_force, history=self.history, n_validation=n_validation)
        yield from (f"{hint.title}: {hint.evidence} {hint.advice}" for hint in hints(evidence))


def facts_of(store: RunStore, run_id: str) -> Facts:
    """What is known of a run.

    Raises:
        RunError: there is no such run, or files of it are damaged.
        ExportError: it still trains, has no weights or no predictions.
    """
    run = exportable_run(store, run_id)
    split, predictions = stored_predictions(store, run)
    try:
        dataset = dataset_of(run)
    except (DatasetError, ExportError):
        dataset = None
    return Facts(
        run=run,
        history=store.history(run_id),
        split=split,
        predictions=predictions,
        dataset=dataset,
        scores=scores(predictions),
        matrix=ConfusionMatrix.from_predictions(predictions),
        calibration=calibration(predictions),
        mistakes=pictures_of(predictions, dataset, split, find_mistakes(predictions, MistakeQuery())),
    )


def pictures_of(
    predictions: Predictions, dataset: Dataset | None, split: str, positions: np.ndarray
) -> tuple[Picture, ...]:
    """The first of these digits as pictures; none without the data set, or if it has other digits."""
    if dataset is None:
        return ()
    images = images_of(dataset, split).images
    shown = predictions.take(positions[:N_MISTAKES])
    if len(shown) and int(shown.index.max()) >= len(images):
        return ()
    return tuple(
        Picture(
            image=images[shown.index[i]],
            row=int(shown.index[i]),
            true=dataset.class_names[shown.labels[i]],
            predicted=dataset.class_names[shown.predicted[i]],
            probability=float(shown.confidence[i]),
        )
        for i in range(len(shown))
    )
