"""The images behind the predictions of a run: those it was trained and scored on, not whatever has their name today."""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError, DatasetError, PredictionsError
from mnist_core.evaluation.mistakes import SORTS, MistakeQuery, MistakeSort, find_mistakes
from mnist_core.evaluation.predictions import IndexArray, Predictions
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore


def data_split(split: str) -> SplitName:
    """The split of the data set that the rows of predictions count in: validation images are training images."""
    return SplitName.TRAIN if split == "validation" else SplitName.TEST


def may_be_of(run: RunRecord, dataset: Dataset) -> bool:
    """Whether a run was trained on these very images; True for one that has not begun: it does not know its images."""
    known = run.dataset.sha256 if run.dataset is not None else ""
    return not known or known == dataset.sha256


def have_labels_of(predictions: Predictions, dataset: Dataset, split: str) -> bool:
    """Whether the true labels of predictions are those of the images in their rows.

    That tells of a run which does not know its images, and of predictions that are not its own.

    Args:
        split: of the data set, `train` or `test`.
    """
    labels, rows = dataset.split(split).labels, predictions.index
    return len(rows) == 0 or bool(rows.max() < len(labels) and np.array_equal(labels[rows], predictions.labels))


def dataset_of_run(run: RunRecord) -> Dataset | None:
    """The data set that a run was trained on; None if it is not on this machine, or has changed since."""
    try:
        dataset = load_dataset(run.config.dataset)
    except DatasetError:
        return None
    return dataset if may_be_of(run, dataset) else None


def dataset_of_predictions(run: RunRecord, predictions: Predictions, split: str) -> Dataset | None:
    """The same, if the labels of the predictions are those of the images in their rows too; else None.

    Args:
        split: of the predictions, `test` or `validation`.
    """
    dataset = dataset_of_run(run)
    if dataset is None or not have_labels_of(predictions, dataset, data_split(split)):
        return None
    return dataset


def measures_of_predictions(run: RunRecord, predictions: Predictions, split: str) -> Measures | None:
    """The handwriting measures of these images, a row for each prediction; None where the images are not here.

    They are computed once for a data set, which takes about ten seconds for 70,000 images.
    """
    from mnist_core.data.measures.stored import dataset_measures

    dataset = dataset_of_predictions(run, predictions, split)
    if dataset is None:
        return None
    return Measures(values=dataset_measures(dataset).split(data_split(split)).values[predictions.index])


def mistake_positions(
    run: RunRecord, predictions: Predictions, measures: Measures | None, *, sort: str = MistakeSort.LOSS, **query: Any
) -> IndexArray:
    """Positions int64 (K,) of the misclassified digits, in order.

    Args:
        measures: of the images of the predictions; None where they are not here.
        sort: one of `SORTS`, or the name of a handwriting measure.
        query: the other fields of `MistakeQuery`.

    Raises:
        ConfigError: an unknown order, one that needs images which are not here, or a label that is not 0 to 9.
    """
    if sort not in (*SORTS, *MEASURES):
        raise ConfigError.invalid("sort", expected="one of " + ", ".join((*SORTS, *MEASURES)), received=sort)
    if sort not in MEASURES:
        return find_mistakes(predictions, MistakeQuery(sort=MistakeSort(sort), **query))
    if measures is None:
        raise ConfigError(
            f"The digits cannot be sorted by {sort}: the images of run {run.run_id} are not on this machine, or have "
            "changed since."
        )
    return find_mistakes(predictions, MistakeQuery(sort=MistakeSort.MEASURE, **query), measure=measures.column(sort))


def validation_on(store: RunStore, run_id: str, dataset: Dataset) -> Predictions:
    """The predictions of a run for its validation images, which are training images of this data set.

    Raises:
        PredictionsError: there are none, or they are of other images.
    """
    run, predictions = store.get(run_id), store.predictions(run_id, "validation")
    found = dataset_of_predictions(run, predictions, "validation")
    if found is None or found.sha256 != dataset.sha256:
        raise PredictionsError(f"Run {run_id} has no validation predictions for the images of {dataset.name}.")
    return predictions
