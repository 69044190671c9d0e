"""Predictions of a run's best checkpoint for any data set with ten classes, by the forward pass in numpy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mnist_core.data.dataset import N_CLASSES, UInt8Array
from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import RunError
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import Weights, forward
from mnist_core.network.operations import Array
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

BATCH = 500
"""Images between two reports of progress; their scaled copies take 1.6 MB."""

Progress = Callable[[int, int], None]


def score_split(
    store: RunStore, run_id: str, *, dataset: str, split: str = "test", progress: Progress | None = None
) -> Predictions:
    """The predictions of a run for a split of any data set, computed now with its best checkpoint.

    Args:
        dataset: name of the data set, which may be another than the run was trained on.
        split: "test" or "train"; `train` of the run's own data set includes its validation images.
        progress: called with the number of finished images and of all images.

    Raises:
        RunError: there is no such run, or it has no weights (yet), or they are damaged.
        DatasetError: the data set is not on this machine, or has no such split.
    """
    run = store.get(run_id)
    weights = store.weights(run_id, "best")
    images = load_dataset(dataset).split(split)
    probabilities = score_images(run.config.architecture, weights, scaler_of(run), images.images, progress=progress)
    return Predictions.of_split(images.labels, probabilities)


def score_images(
    architecture: Architecture,
    weights: Weights,
    scaler: Scaler,
    images: UInt8Array,
    *,
    progress: Progress | None = None,
) -> Array:
    """Class probabilities, float32 (N, 10), of images uint8 (N, 28, 28), which are scaled here.

    Raises:
        RunCorruptedError: the weights do not fit the network.
    """
    probabilities = np.empty((len(images), N_CLASSES), np.float32)
    for start in range(0, len(images), BATCH):
        part = images[start : start + BATCH]
        probabilities[start : start + BATCH] = forward(architecture, weights, scaler.apply(part))
        if progress is not None:
            progress(start + len(part), len(images))
    return probabilities


def scaler_of(run: RunRecord) -> Scaler:
    """The scaler of a run.

    Raises:
        RunError: the scaling depends on the training images, and the run has not begun to train.
    """
    if run.scaler is not None:
        return run.scaler
    if run.config.scaling is Scaling.STANDARDISED:
        raise RunError(f"Run {run.run_id} has not begun to train, so images cannot be scaled for it yet.")
    return Scaler(kind=run.config.scaling)
