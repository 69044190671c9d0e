"""What every export of a run starts from: the run, its weights, and the digits that it was scored on."""

from __future__ import annotations

import re
import unicodedata

from mnist_core.data.dataset import Dataset, Split
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ExportError, PredictionsError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

MAX_STEM = 60


def exportable_run(store: RunStore, run_id: str) -> RunRecord:
    """A run that is not trained any more and has weights.

    Raises:
        RunNotFoundError: there is no such run.
        ExportError: it is still training, or has no weights.
    """
    run = store.get(run_id)
    if run.status.is_active:
        raise ExportError(f"Run {run_id} is {run.status}. Export it when it has ended, or stop it first.")
    if run.best_epoch is None:
        raise ExportError(f"Run {run_id} has no weights: it ended before its first epoch was finished.")
    return run


def dataset_of(run: RunRecord) -> Dataset:
    """The data set that a run was trained on.

    Raises:
        DatasetError: it is not on this machine.
        ExportError: it has changed since.
    """
    dataset = load_dataset(run.config.dataset)
    known = run.dataset.sha256 if run.dataset else ""
    if known and known != dataset.sha256:
        raise ExportError(
            f"The data set {dataset.name} has changed since run {run.run_id} was trained. Expected SHA-256 "
            f"{known[:12]}…. Received: {dataset.sha256[:12]}…."
        )
    return dataset


def stored_predictions(store: RunStore, run: RunRecord) -> tuple[str, Predictions]:
    """The split and the stored predictions of the best checkpoint: for the test images if they are scored.

    Raises:
        ExportError: there are none.
    """
    for split in ("test", "validation"):
        try:
            return split, store.predictions(run.run_id, split)
        except PredictionsError:
            continue
    raise ExportError(f"Run {run.run_id} has no stored predictions to compare with. Train it again.")


def file_stem(run: RunRecord) -> str:
    """The name of the run and its id, as a file name without ending that every system takes."""
    plain = unicodedata.normalize("NFKD", run.title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:MAX_STEM].strip("-")
    return f"{words}-{run.run_id}" if words else run.run_id


def images_of(dataset: Dataset, split: str) -> Split:
    """The images that predictions of a split are of; validation images are held back from the training images."""
    return dataset.split("test" if split == "test" else "train")
