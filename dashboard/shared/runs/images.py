"""The images of a run: those it was trained and scored on, not whatever has their name today."""

from __future__ import annotations

from dashboard import cached
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.errors import DatasetError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.predicted_images import have_labels_of, may_be_of
from mnist_core.runs.record import RunRecord


def dataset_of(run: RunRecord) -> tuple[Dataset | None, str]:
    """The data set of a run; None where these very images are not here, with the beginning of a sentence that says so.

    Markdown. A run that has not begun does not know its images: then it is the data set of that name.
    """
    try:
        dataset = cached.dataset(run.config.dataset)
    except DatasetError:
        return None, f"The data set {escape_markdown(run.config.dataset)} is not on this machine"
    return (dataset, "") if may_be_of(run, dataset) else (None, _changed(run))


def dataset_of_predictions(run: RunRecord, predictions: Predictions, split: SplitName) -> tuple[Dataset | None, str]:
    """The same where the true labels of the predictions are those of the images in their rows too."""
    dataset, why = dataset_of(run)
    if dataset is None or have_labels_of(predictions, dataset, split):
        return dataset, why
    return None, _changed(run)


def _changed(run: RunRecord) -> str:
    return f"The data set {escape_markdown(run.config.dataset)} has changed since this run"
