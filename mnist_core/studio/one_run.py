"""A run from Python: how its training stands, its results, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core.data.dataset import SIDE
from mnist_core.data.label_overlay.review import LabelReview
from mnist_core.data.measures.registry import MEASURES
from mnist_core.data.sources.known import class_names_of
from mnist_core.errors import ConfigError, DatasetError, RunError
from mnist_core.evaluation.mistakes import MistakeSort
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.relabelled import Relabelled, relabelled, suspects
from mnist_core.evaluation.scores import Scores
from mnist_core.evaluation.scores import scores as scores_of
from mnist_core.fields import checked_integer
from mnist_core.hints.hint import Hint
from mnist_core.hints.of_run import run_hints
from mnist_core.jobs import queue
from mnist_core.jobs.adjusting import adjust_active
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.runs.predicted_images import (
    data_split,
    dataset_of_predictions,
    measures_of_predictions,
    mistake_positions,
)
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import Adjustments, EpochMetrics

if TYPE_CHECKING:  # it loads scipy
    from mnist_core.evaluation.temperature_scaling import TemperatureScaling

LOOK_SECONDS = 0.2


class Run:
    """A run in the folder of runs. It is read anew at every question, so it is always as it stands.

    Attributes:
        run_id: its id.
    """

    def __init__(self, store: RunStore, run_id: str) -> None:
        self._store, self.run_id = store, run_id
        store.folder(run_id)  # raises if there is no such run

    def __repr__(self) -> str:
        record = self.record
        return f"<Run {self.run_id}: {record.title}, {record.status}>"

    @property
    def record(self) -> RunRecord:
        """Name, status, configuration and summary."""
        return self._store.get(self.run_id)

    @property
    def history(self) -> tuple[EpochMetrics, ...]:
        """Metrics of every finished epoch."""
        return self._store.history(self.run_id)

    def wait(self, seconds: float | None = None) -> Run:
        """Wait until the training has ended; returns this run.

        Raises:
            RunError: the training failed, or has not ended after so many seconds.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while (record := self.record).status.is_active:
            if deadline is not None and time.monotonic() > deadline:
                raise RunError(f"Run {self.run_id} has not ended after {seconds:g} seconds.")
            time.sleep(LOOK_SECONDS)
        if record.status in (RunStatus.FAILED, RunStatus.INTERRUPTED):
            raise RunError(record.error or f"The training of run {self.run_id} was interrupted.")
        return self

    def stop(self) -> str:
        """Stop the training, with a checkpoint; returns a sentence on what was done."""
        return queue.stop(self._store, self.run_id)

    def pause(self) -> Run:
        """Pause the training, with a checkpoint; returns this run.

        Raises:
            RunError: it is not training.
        """
        queue.pause(self._store, self.run_id)
        return self

    def resume(self, epochs: int | None = None) -> Run:
        """Go on from the last checkpoint, in a process of its own; returns this run at once.

        Args:
            epochs: new number of total epochs; more than were trained, for a run that is completed.

        Raises:
            RunError: it is training already, or has trained all its epochs.
            ConfigError: the epochs are no integer, or outside their allowed range.
        """
        queue.resume_now(self._store, self.run_id, Adjustments(epochs=_epochs(epochs)))
        return self

    def adjust(self, *, learning_rate: float | None = None, epochs: int | None = None) -> Run:
        """Change the learning rate or the total epochs, from the next batch on; returns this run.

        Raises:
            RunError: the training has ended.
            ConfigError: neither is given, or a value is outside its allowed range.
        """
        adjust_active(self._store, self.run_id, Adjustments(learning_rate=learning_rate, epochs=_epochs(epochs)))
        return self

    def hints(self) -> tuple[Hint, ...]:
        """Hints on the settings with the numbers they were read from, the most important first.

        While the run trains, only those that are certain already.
        """
        return run_hints(self._store, self.run_id)

    def predictions(self, split: str = "test", epoch: int | None = None) -> Predictions:
        """Stored predictions: of the test digits, or of the validation digits after an epoch (None: the best).

        Raises:
            ConfigError: another split than `test` and `validation`, or an epoch for the test digits.
            PredictionsError: they are not there (yet) or damaged.
        """
        return self._store.predictions(self.run_id, split, epoch)

    def scores(self, split: str = "test") -> Scores:
        """Accuracy, loss and scores by class, with their intervals."""
        return scores_of(self.predictions(split))

    def verdict(self, split: str = "test") -> tuple[str, ...]:
        """What the scores show, in sentences; the one on handwriting only where the images are on this machine."""
        from mnist_core.runs.verdict import run_verdict

        record = self.record
        names = class_names_of(record.config.dataset)
        return tuple(found.sentence(names) for found in run_verdict(record, self.predictions(split), split))

    def calibration(self, split: str = "test", *, n_bins: int | None = None) -> TemperatureScaling:
        """Confidence against accuracy as trained, and with a temperature fitted to the validation digits.

        Args:
            n_bins: bins of equal width, 1 to 100; by default as on the page.

        Raises:
            PredictionsError: the split is not scored, or the validation predictions are damaged.
            ConfigError: `n_bins` is not from 1 to 100.
        """
        from mnist_core.evaluation.calibration import DEFAULT_BINS
        from mnist_core.evaluation.temperature_scaling import temperature_scaling
        from mnist_core.runs.temperature import validation_temperature

        judged, n_bins = self.predictions(split), DEFAULT_BINS if n_bins is None else n_bins
        return temperature_scaling(judged, validation_temperature(self._store, self.run_id), n_bins=n_bins)

    def mistakes(
        self, n: int | None = None, *, split: str = "test", sort: str = MistakeSort.LOSS, **query: Any
    ) -> Predictions:
        """The misclassified digits, those with the highest loss first; `index` has their rows in the split.

        Args:
            n: only the first ones.
            sort: `loss`, `confidence`, `margin`, `index` or a handwriting measure such as `slant`.
            query: `true_labels`, `predicted_labels` and `descending`, as of `MistakeQuery`.

        Raises:
            ConfigError: a label that is not 0 to 9, an unknown order, one by a measure of images that are not here, or
                `n` is not an integer from 1.
        """
        if n is not None:
            n = checked_integer(n, "n", low=1)
        found, record = self.predictions(split), self.record
        measures = measures_of_predictions(record, found, split) if sort in MEASURES else None
        return found.take(mistake_positions(record, found, measures, sort=sort, **query)[:n])

    def suspects(self, split: str = "test") -> Predictions:
        """The misclassified digits whose label is suspect, the most suspect first."""
        found = self.predictions(split)
        return found.take(suspects(found))

    def relabelled(self, split: str = "test") -> Relabelled:
        """The accuracy under the labels of the data set, and under the reviewed ones.

        Raises:
            DatasetError: the images of the run are not on this machine, or have changed.
        """
        found = self.predictions(split)
        dataset = dataset_of_predictions(self.record, found, split)
        if dataset is None:
            raise DatasetError(f"The images of run {self.run_id} are not on this machine, or have changed since.")
        return relabelled(found, LabelReview(dataset).overlay.of_split(data_split(split)))

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Class probabilities, float32 (N, 10), of images uint8 (N, 28, 28), by the best checkpoint.

        Raises:
            RunError: the run has no weights yet.
            ConfigError: the images have another form.
        """
        array = np.asarray(images)
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[1:] != (SIDE, SIDE):
            received = f"{array.dtype} of shape {array.shape}"
            raise ConfigError.invalid("images", expected="uint8 of shape (N, 28, 28)", received=received)
        record = self.record
        return score_images(record.config.architecture, self.weights(), scaler_of(record), array)

    def weights(self) -> Mapping[str, np.ndarray]:
        """Weights of the best checkpoint by name, such as `conv_1/kernel`."""
        return self._store.weights(self.run_id)

    def export(self, format: str, output: str | Path, **options: Any) -> Path:
        """Write the run in a format; returns the path of the file.

        Args:
            format: as on the command line: `keras`, `onnx`, `capsule`, `report`, ...
            output: the file, or a folder for a file named after the run.
            options: `overwrite`; for a model `has_scaling`, for a report `compared`.

        Raises:
            ExportError: it cannot be written, or the model does not hold up when it is loaded again.
        """
        from mnist_core.export.ways import write

        return write(self._store, self.run_id, format, Path(output), **options)


def _epochs(wanted: int | None) -> int | None:
    """Total epochs as an `int`; their range is checked where they are requested."""
    return None if wanted is None else checked_integer(wanted, "epochs", low=1)
