"""The numeric precision of a training."""

from __future__ import annotations

import time

import keras
import numpy as np

from mnist_core.data.dataset import N_CLASSES
from mnist_core.models.build import build_model
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import WORTH_SWITCHING, load_measurement, may_gain_from_bfloat16, prices_folder
from mnist_core.training.optimizers import make_loss, make_optimizer, uses_one_hot
from mnist_core.training.settings import Precision

TRIAL_BATCHES = 6


def resolve_precision(config: ExperimentConfig) -> Precision:
    """The configured numeric precision; for `auto` the faster one on this machine.

    A stored measurement of this network decides; without one, a few batches are timed.
    """
    wanted = config.training.precision
    if wanted is not Precision.AUTO:
        return wanted
    if (measurement := load_measurement(prices_folder(), config)) is not None:
        return measurement.faster
    if not may_gain_from_bfloat16():
        return Precision.FLOAT32
    seconds = {
        precision: batch_seconds(config, precision) for precision in (Precision.FLOAT32, Precision.MIXED_BFLOAT16)
    }
    is_faster = seconds[Precision.MIXED_BFLOAT16] < WORTH_SWITCHING * seconds[Precision.FLOAT32]
    return Precision.MIXED_BFLOAT16 if is_faster else Precision.FLOAT32


def batch_seconds(config: ExperimentConfig, precision: Precision, batches: int = TRIAL_BATCHES) -> float:
    """Seconds per training batch: the median of `batches` after a warm-up of two."""
    settings = config.training
    keras.config.set_dtype_policy(precision.value)
    model = build_model(config.architecture)
    model.compile(optimizer=make_optimizer(settings), loss=make_loss(settings))
    generator = np.random.default_rng(0)
    inputs = generator.random((settings.batch_size, 28, 28, 1), dtype=np.float32)
    labels = generator.integers(0, N_CLASSES, settings.batch_size)
    targets = keras.utils.to_categorical(labels, N_CLASSES) if uses_one_hot(settings) else labels
    times = []
    for _ in range(batches + 2):
        start = time.perf_counter()
        model.train_on_batch(inputs, targets)
        times.append(time.perf_counter() - start)
    return float(np.median(times[2:]))
