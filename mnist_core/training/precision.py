"""The numeric precision of a training."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras
import numpy as np

from mnist_core.data.dataset import N_CLASSES
from mnist_core.models.build import build_model
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import WORTH_SWITCHING, load_measurement, may_gain_from_bfloat16, prices_folder
from mnist_core.training.optimizers import make_loss, make_optimizer
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
    seconds = batch_seconds(config)
    is_faster = seconds[Precision.MIXED_BFLOAT16] < WORTH_SWITCHING * seconds[Precision.FLOAT32]
    return Precision.MIXED_BFLOAT16 if is_faster else Precision.FLOAT32


def batch_seconds(config: ExperimentConfig, batches: int = TRIAL_BATCHES) -> dict[Precision, float]:
    """CPU seconds per training batch: the median of `batches` after a warm-up of two.

    The precisions take turns, and CPU time counts: on a busy machine the clock would tell what else is at work.
    """
    steps = {precision: _step(config, precision) for precision in (Precision.FLOAT32, Precision.MIXED_BFLOAT16)}
    times: dict[Precision, list[float]] = {precision: [] for precision in steps}
    for _ in range(batches + 2):
        for precision, step in steps.items():
            start = time.process_time()
            step()
            times[precision].append(time.process_time() - start)
    return {precision: float(np.median(found[2:])) for precision, found in times.items()}


def _step(config: ExperimentConfig, precision: Precision) -> Callable[[], object]:
    """A call that trains a new network on one batch of noise."""
    settings = config.training
    keras.config.set_dtype_policy(precision.value)
    model = build_model(config.architecture)
    model.compile(optimizer=make_optimizer(settings), loss=make_loss(settings))
    generator = np.random.default_rng(0)
    inputs = generator.random((settings.batch_size, 28, 28, 1), dtype=np.float32)
    labels = generator.integers(0, N_CLASSES, settings.batch_size)
    targets = keras.utils.to_categorical(labels, N_CLASSES) if settings.uses_one_hot else labels
    return lambda: model.train_on_batch(inputs, targets)
