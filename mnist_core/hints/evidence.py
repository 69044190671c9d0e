"""Collects what the hints are derived from: learning curves, recall per class and dead units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mnist_core.data.dataset import Dataset
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import MnistCoreError
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.evaluation.predictions import Predictions
from mnist_core.hints.hint import HintEvidence
from mnist_core.models.convolutions import Conv
from mnist_core.models.layers import Activation, Dense
from mnist_core.network.forward import activations
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

TRIED_IMAGES = 256
"""Enough images that a unit which is active for any kind of digit is found to be active."""


def collect_evidence(store: RunStore, run: RunRecord, dataset: Dataset | None) -> HintEvidence:
    """Evidence from the stored history, the newest validation predictions and the best checkpoint, where they exist.

    Args:
        dataset: the data set of the run, to look for dead units; None if it is not on this machine.
    """
    history = store.history(run.run_id)
    predictions = _newest_predictions(store, run.run_id)
    return HintEvidence(
        config=run.config_in_force,
        history=history,
        n_validation=run.dataset.validation_images if run.dataset else 0,
        recall=_recall(predictions) if predictions is not None else None,
        dead_units=_dead_units(store, run, dataset) if history and dataset is not None else None,
    )


def _newest_predictions(store: RunStore, run_id: str) -> Predictions | None:
    try:
        return store.predictions(run_id, "validation", store.validation_epochs(run_id)[-1])
    except (MnistCoreError, IndexError):
        return None


def _recall(predictions: Predictions) -> npt.NDArray[np.float64]:
    """Recall of each class; NaN for a class without images."""
    found = np.diag(ConfusionMatrix.from_predictions(predictions).normalized("true")).astype(np.float64)
    found[np.bincount(predictions.labels, minlength=len(found)) == 0] = np.nan
    return found


def _dead_units(store: RunStore, run: RunRecord, dataset: Dataset) -> Mapping[str, npt.NDArray[np.bool_]] | None:
    """Which units of each ReLU layer have an activation of 0 for each of some training images.

    Of the best checkpoint: the page Look inside, where the hint leads, shows that one.
    """
    if run.scaler is None:
        return None
    names = {
        name: layer
        for name, layer in zip(run.config.architecture.names, run.config.architecture.layers, strict=False)
        if isinstance(layer, Conv | Dense) and layer.activation is Activation.RELU
    }
    try:
        labels = dataset.train.labels
        rows, _ = stratified_parts(labels, min(TRIED_IMAGES, len(labels)), seed=0)  # files may be sorted by label
        inputs = run.scaler.apply(dataset.train.images[rows])
        found = activations(run.config.architecture, store.weights(run.run_id, "best"), inputs, layers=tuple(names))
    except MnistCoreError:
        return None
    return {name: array.max(axis=tuple(range(array.ndim - 1))) <= 0 for name, array in found.items()}
