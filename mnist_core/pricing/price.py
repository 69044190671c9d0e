"""The cost of a training before it is started: time, memory, and the most expensive layer.

A `Measurement` is the result of a benchmark of the network on this machine; `price_of` derives the cost of a whole run.
"""

from __future__ import annotations

from dataclasses import dataclass

from mnist_core.data.splitting import n_validating
from mnist_core.models.architecture import INPUT_SHAPE
from mnist_core.models.shapes import size_of
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import Measurement
from mnist_core.training.settings import Precision

BYTES_PER_IMAGE = size_of(INPUT_SHAPE)
"""Bytes of an image in a training process, which scales some of them at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """The cost of a run. `epoch_seconds` excludes the validation, which takes `validation_seconds` after each epoch."""

    precision: Precision
    epoch_seconds: float
    validation_seconds: float
    start_seconds: float
    test_seconds: float
    total_seconds: float
    peak_bytes: int


def price_of(config: ExperimentConfig, measurement: Measurement, *, train_images: int, test_images: int) -> Price:
    """The cost of a whole run.

    Args:
        train_images: images of the training split, before the image limit and the validation split.
        test_images: images scored when training has ended.
    """
    settings = config.training
    images = min(train_images, config.limit or train_images)
    n_validation = n_validating(images, settings.validation_fraction)
    batches = -(-(images - n_validation) // settings.batch_size)
    precision = measurement.faster if settings.precision is Precision.AUTO else settings.precision
    per_batch = measurement.batch_seconds.get(precision.value, measurement.batch_seconds[Precision.FLOAT32.value])
    epoch, validation = batches * per_batch, n_validation * measurement.validation_seconds
    test = test_images * measurement.validation_seconds
    return Price(
        precision=precision,
        epoch_seconds=epoch,
        validation_seconds=validation,
        start_seconds=measurement.start_seconds,
        test_seconds=test,
        total_seconds=measurement.start_seconds + settings.epochs * (epoch + validation) + test,
        peak_bytes=measurement.peak_bytes + images * BYTES_PER_IMAGE,
    )
