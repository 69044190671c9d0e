"""Batches of training images, in an order that depends only on seed and epoch.

A run that is resumed in the middle of an epoch therefore gets exactly the batches it would have got.
"""

from __future__ import annotations

import os

import numpy as np
import tensorflow as tf

BATCHES_AHEAD = 4


def training_batches(
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
    first_batch: int = 0,
    image_weights: np.ndarray | None = None,
    augment: object | None = None,
) -> tf.data.Dataset:
    """An endless stream of batches (inputs, targets[, weights]), epoch after epoch.

    Args:
        inputs: float32 (N, 28, 28, 1), already scaled.
        targets: labels (N,) or one-hot (N, 10).
        first_epoch: epochs already trained.
        first_batch: batches of that epoch already trained.
        image_weights: float32 (N,), weight of each image in the loss.
        augment: called as `augment(images, seed)` with a batch and an int32 pair; returns the changed images.
    """
    columns = [tf.constant(inputs), tf.constant(targets)]
    if image_weights is not None:
        columns.append(tf.constant(image_weights))
    n = len(inputs)
    batches = -(-n // batch_size)

    def epoch_batches(epoch: tf.Tensor) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(
            tf.range(n), seed=tf.stack([tf.constant(seed, tf.int64), epoch])
        )
        first = tf.where(epoch == first_epoch, tf.constant(first_batch, tf.int64), tf.constant(0, tf.int64))
        steps = tf.data.Dataset.range(first, batches)
        return steps.map(lambda step: (epoch, step, order[step * batch_size : (step + 1) * batch_size]))

    def gather(epoch: tf.Tensor, step: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, ...]:
        batch = [tf.gather(column, rows) for column in columns]
        if augment is not None:
            batch[0] = augment(batch[0], tf.stack([epoch * 1_000_003 + step, tf.constant(seed, tf.int64)]))  # type: ignore[operator]
        return tuple(batch)

    epochs = tf.data.Dataset.range(first_epoch, 2**31)
    options = tf.data.Options()
    options.deterministic = True
    # No autotuning: a stop would have to wait until the tuning has finished, up to four seconds.
    options.autotune.enabled = False
    # Parallel gathers keep their order (deterministic above); some batches are prepared while one is computed.
    return (
        epochs.flat_map(epoch_batches)
        .map(gather, num_parallel_calls=os.cpu_count() or 1)
        .prefetch(BATCHES_AHEAD)
        .with_options(options)
    )
