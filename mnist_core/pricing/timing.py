"""A benchmark of a configuration on this machine, by the trainer with the batches of a real run.

Imports Keras: only for a separate process.
"""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from mnist_core.data.dataset import Dataset
from mnist_core.models.architecture import Architecture
from mnist_core.pricing.price import BYTES_PER_IMAGE
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.measurement import Measurement
from mnist_core.training.progress import Adjustments, BatchProgress, EpochResult, Requests, TrainerState
from mnist_core.training.settings import Precision, Schedule
from mnist_core.training.trainer import Trainer

WINDOW_SECONDS = 2.0
"""How long batches are timed after the first one."""
LONGEST_SECONDS = 10.0
FEWEST_BATCHES = 12
PREDICTED_IMAGES = 2_000
LAYER_REPEATS = 5

Note = Callable[[str], None]


class Trial:
    """A `Recorder` that takes times, and requests a stop when it has enough."""

    def __init__(self) -> None:
        self.first_batch_at: float | None = None
        self._last: tuple[int, int, float] | None = None  # epoch, batch, when
        self._within: list[tuple[int, float]] = []  # batches, seconds
        self._epochs: list[tuple[int, float]] = []
        self._batches = 0

    @property
    def batch_seconds(self) -> float:
        """Time of a batch in steady state: from whole epochs if they are short, otherwise from parts of the first."""
        samples = self._epochs or self._within
        return sum(seconds for _, seconds in samples) / max(1, sum(count for count, _ in samples))

    def batch(self, progress: BatchProgress) -> None:
        now = time.monotonic()
        if self.first_batch_at is None:  # building the graph is part of the first one
            self.first_batch_at = now
        elif self._last is not None and self._last[0] == progress.epoch:
            self._within.append((progress.batch - self._last[1], now - self._last[2]))
        self._last = (progress.epoch, progress.batch, now)
        self._batches = progress.batches

    def epoch(self, result: EpochResult) -> None:
        if result.metrics.epoch > 1:
            self._epochs.append((self._batches, result.metrics.seconds))
        self._last = None

    def requests(self) -> Requests:
        if self.first_batch_at is None:
            return Requests()
        elapsed = time.monotonic() - self.first_batch_at
        timed = sum(count for count, _ in self._epochs or self._within)
        return Requests(stop=elapsed > LONGEST_SECONDS or (elapsed > WINDOW_SECONDS and timed >= FEWEST_BATCHES))

    def note(self, text: str) -> None:
        """Nothing to do."""

    def checkpoint(self, state: TrainerState) -> None:
        """Nothing to keep."""

    def paused(self, is_paused: bool) -> None:
        """Never asked for."""

    def adjusted(self, epochs: float, adjustments: Adjustments) -> None:
        """Never asked for."""


def measure(
    config: ExperimentConfig,
    dataset: Dataset,
    *,
    note: Note,
    started_at: float,
    is_mixed_tried: bool,
) -> Measurement:
    """Train for some seconds in each suitable numeric precision, then time the layers one by one.

    Args:
        note: called with each phase.
        started_at: start of this process, as `time.monotonic`.
        is_mixed_tried: False if this CPU gains nothing from bfloat16.
    """
    wanted = [Precision.FLOAT32, *([Precision.MIXED_BFLOAT16] if is_mixed_tried else [])]
    batch_seconds: dict[str, float] = {}
    start_seconds = validation_seconds = peak_bytes = 0.0
    for precision in wanted:
        note(f"Timing batches in {precision.value}")
        keras.utils.clear_session()
        gc.collect()
        trainer, trial = Trainer(harmless(config, precision), dataset), Trial()
        trainer.fit(trial, None, Adjustments())
        batch_seconds[precision.value] = trial.batch_seconds
        if precision is Precision.FLOAT32:
            start_seconds = (trial.first_batch_at or time.monotonic()) - started_at
            validation_seconds = image_seconds(trainer, dataset.train.images[:PREDICTED_IMAGES])
            peak_bytes = peak_memory() - len(trainer.train_rows) * BYTES_PER_IMAGE
        del trainer, trial
    note("Timing each layer")
    return Measurement(
        batch_seconds=batch_seconds,
        validation_seconds=validation_seconds,
        start_seconds=start_seconds,
        peak_bytes=max(0, int(peak_bytes)),
        layer_shares=layer_shares(config.architecture, config.training.batch_size),
    )


def harmless(config: ExperimentConfig, precision: Precision) -> ExperimentConfig:
    """The configuration with steps so small that the loss stays finite, and with epochs without end."""
    training = replace(
        config.training,
        precision=precision,
        learning_rate=1e-6,
        schedule=Schedule.CONSTANT,
        epochs=10_000,
        early_stopping_patience=None,
    )
    return replace(config, training=training)


def image_seconds(trainer: Trainer, images: np.ndarray) -> float:
    """Time to predict one image, without the first call, which builds the graph."""
    trainer.probabilities(images)
    start = time.perf_counter()
    trainer.probabilities(images)
    return (time.perf_counter() - start) / len(images)


def layer_shares(architecture: Architecture, batch_size: int) -> dict[str, float]:
    """Share of each layer in a step by name: forward and backward on random numbers."""
    from mnist_core.models.build import build_model

    keras.utils.clear_session()
    keras.config.set_dtype_policy(Precision.FLOAT32.value)
    model = build_model(architecture)
    names = sorted((row.name for row in architecture.rows), key=len, reverse=True)
    seconds = dict.fromkeys(architecture.names, 0.0)
    for layer in model.layers[1:]:  # the first is the input
        row = next(name for name in names if layer.name == name or layer.name.startswith(f"{name}_"))
        seconds[row] += layer_seconds(layer, batch_size)
    whole = sum(seconds.values())
    return {name: spent / whole for name, spent in seconds.items()}


def layer_seconds(layer: keras.layers.Layer, batch_size: int) -> float:
    """Time of one layer, forward and backward: the median of a few times."""
    tensors = layer.input if isinstance(layer.input, list) else [layer.input]
    inputs = [tf.random.uniform((batch_size, *tensor.shape[1:])) for tensor in tensors]

    @tf.function  # type: ignore[untyped-decorator]
    def step() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs if len(inputs) > 1 else inputs[0], training=True)
            total = tf.reduce_sum(outputs)
        sources = [*inputs, *(variable.value for variable in layer.trainable_variables)]
        found: list[tf.Tensor] = tape.gradient(total, sources, unconnected_gradients="zero")
        return found

    step()
    times = []
    for _ in range(LAYER_REPEATS):
        start = time.perf_counter()
        for gradient in step():
            gradient.numpy()  # waits until it is computed
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def peak_memory() -> int:
    """The most memory this process has held so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
