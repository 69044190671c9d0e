"""Trains a network with Keras `fit` and reports to a `Recorder`.

All randomness depends only on the seed and the epoch, and a `TrainerState` has every variable (weights, optimizer,
seeds of dropout, metrics). A resumed training therefore computes the same as one without interruption.

Images stay the bytes they are, in the data set: what trains and what validates are rows of it, and are scaled when they
are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from mnist_core.data.dataset import N_CLASSES, Dataset, Indices, UInt8Array
from mnist_core.data.scaling import Scaler, fit_scaler
from mnist_core.models.build import build_model
from mnist_core.training.augmenting import make_augmentation
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.cross_entropy import mean_cross_entropy
from mnist_core.training.loop import FitCallback
from mnist_core.training.model_state import load_weights, restore, weight_arrays
from mnist_core.training.optimizers import make_loss, make_optimizer
from mnist_core.training.pipeline import Load, training_batches
from mnist_core.training.precision import resolve_precision
from mnist_core.training.progress import Adjustments, EpochMetrics, Recorder, TrainerState
from mnist_core.training.settings import ClassWeighting, Precision, TrainingSettings

EVALUATION_BATCH = 1000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrainingOutcome:
    """How a training ended. `outcome` is `completed`, `stopped` or `paused`."""

    outcome: str
    history: tuple[EpochMetrics, ...]
    train_seconds: float
    images_per_second: float | None


class Trainer:
    """Fits the network of a configuration to a data set, and predicts with it."""

    def __init__(self, config: ExperimentConfig, dataset: Dataset, precision: str | None = None) -> None:
        settings = config.training
        if settings.deterministic:
            tf.config.experimental.enable_op_determinism()
        self.config = config
        self.train_rows, self.validation_rows = config.split(dataset.train.labels)
        self._images, self._labels = dataset.train.images, dataset.train.labels
        self.scaler: Scaler = fit_scaler(config.scaling, self._images, self.train_rows)
        # A resumed run keeps its numeric precision, whatever `auto` would measure now.
        self.precision = Precision(precision) if precision else resolve_precision(config)
        self.model = compiled_model(config, self.precision)

    def fit(self, recorder: Recorder, state: TrainerState | None, adjustments: Adjustments) -> TrainingOutcome:
        """Train to the last epoch, or until a stop is requested.

        Args:
            state: the state to resume from; None starts from the beginning.
            adjustments: earlier changes to the run.

        Raises:
            TrainingError: the loss is not a number, or `state` does not fit the network.
        """
        callback = FitCallback(
            self.config.training,
            recorder=recorder,
            validate=self._validate,
            n_images=len(self.train_rows),
            state=state,
            adjustments=adjustments,
        )
        if state is not None:
            self._build_metrics()
            restore(self.model, state.arrays)
        first_epoch, first_batch = (state.epoch, state.batch) if state else (0, 0)
        if first_batch:  # finish the epoch that was interrupted
            self._fit(callback, first_epoch, first_batch, last_epoch=first_epoch + 1)
            first_epoch += 1
        is_done = first_epoch >= callback.epochs or callback.has_stalled()
        if callback.outcome == "completed" and not is_done:
            # The number of epochs may be adjusted, so the callback ends the run, not `fit`.
            self._fit(callback, first_epoch, 0, last_epoch=2**31 - 1)
        seconds = callback.training_seconds
        return TrainingOutcome(
            outcome=callback.outcome,
            history=callback.history,
            train_seconds=callback.earlier_seconds + seconds + callback.unfinished_seconds,
            images_per_second=callback.trained_images / seconds if callback.trained_images else None,
        )

    def probabilities(self, images: np.ndarray, weights: Mapping[str, np.ndarray] | None = None) -> np.ndarray:
        """Class probabilities, float32 (N, 10), of uint8 images (N, 28, 28); of `weights` if given."""
        if weights is not None:
            load_weights(self.model, weights)
        return self._predict(images, np.arange(len(images)))

    def weights(self) -> dict[str, np.ndarray]:
        """The network's weights by name."""
        return weight_arrays(self.model)

    def _build_metrics(self) -> None:
        """Make Keras create the variables of its metrics now, not at first use, so that they can be restored."""
        inputs, targets, *_ = self._loader()(self.train_rows[:2])
        self.model.test_on_batch(inputs, targets)

    def _loader(self) -> Load:
        """A function from rows to their inputs, their targets as the loss needs them, and their weights if any."""
        one_hot = np.eye(N_CLASSES, dtype=np.float32) if self.config.training.uses_one_hot else None
        weights = class_weights(self._labels[self.train_rows], self.config.training)

        def load(rows: Indices) -> tuple[np.ndarray, ...]:
            labels = self._labels[rows]
            targets = labels.astype(np.int32) if one_hot is None else one_hot[labels]
            return (self.scaler.apply(self._images[rows]), targets, *(() if weights is None else (weights[labels],)))

        return load

    def _fit(self, callback: FitCallback, first_epoch: int, first_batch: int, last_epoch: int) -> None:
        settings = self.config.training
        batches = training_batches(
            self._loader(),
            self.train_rows,
            batch_size=settings.batch_size,
            seed=settings.seed,
            first_epoch=first_epoch,
            first_batch=first_batch,
            augment=make_augmentation(settings.augmentation, self.scaler),
            augmented_epochs=settings.last_augmented_epoch,
        )
        self.model.fit(
            batches,
            initial_epoch=first_epoch,
            epochs=last_epoch,
            steps_per_epoch=callback.batches - first_batch,
            callbacks=[callback],
            shuffle=False,  # the pipeline shuffles
            verbose=0,
        )

    def _validate(self) -> tuple[np.ndarray, float, float]:
        probabilities = self._predict(self._images, self.validation_rows)
        labels = self._labels[self.validation_rows]
        loss = mean_cross_entropy(probabilities[np.arange(len(labels)), labels])
        return probabilities, loss, float((probabilities.argmax(axis=1) == labels).mean())

    def _predict(self, images: UInt8Array, rows: Indices) -> np.ndarray:
        """Class probabilities, float32 (N, 10), of some rows of images."""
        parts = (rows[first : first + EVALUATION_BATCH] for first in range(0, len(rows), EVALUATION_BATCH))
        found = [self.model.predict_on_batch(self.scaler.apply(images[part])) for part in parts]
        return np.concatenate(found).astype(np.float32, copy=False)


def compiled_model(config: ExperimentConfig, precision: Precision) -> keras.Model:
    """The network of a configuration, with initial weights drawn from the seed."""
    keras.config.set_dtype_policy(precision.value)
    keras.utils.set_random_seed(config.training.seed)
    model = build_model(config.architecture)
    model.compile(optimizer=make_optimizer(config.training), loss=make_loss(config.training), metrics=["accuracy"])
    return model


def class_weights(labels: np.ndarray, settings: TrainingSettings) -> np.ndarray | None:
    """The weight of each class in the loss, float32 (10,), for training labels (N,); None if all are equal."""
    match settings.class_weighting:
        case ClassWeighting.BALANCED:
            counts = np.bincount(labels, minlength=N_CLASSES)
            by_class = len(labels) / (N_CLASSES * np.maximum(counts, 1))
        case ClassWeighting.CUSTOM:
            by_class = np.array(settings.class_weights)
        case _:
            return None
    weights: np.ndarray = by_class.astype(np.float32)
    return weights
