"""Batches of training images, in an order that depends only on seed and epoch.

A run that is resumed in the middle of an epoch therefore gets exactly the batches it would have got. Images are scaled
some at a time, so that there is no copy of all of them: they may be a file that is larger than the memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from mnist_core.data.dataset import Indices
from mnist_core.training.augmenting import Augment

BATCHES_AHEAD = 4
MOST_LOADERS = 4
"""So many calls load at the same time: on a machine with many cores, more would only hold more images."""
IMAGES_TOGETHER = 1024
"""So many are loaded by one call of Python, for which a training with small batches would have to wait too often."""

Load = Callable[[Indices], tuple[np.ndarray, ...]]
"""Returns the inputs, float32 (N, 28, 28, 1), and targets of some rows, and what else belongs to each."""


def training_batches(
    load: Load,
    rows: Indices,
    *,
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
    first_batch: int = 0,
    augment: Augment | None = None,
    augmented_epochs: int | None = None,
) -> tf.data.Dataset:
    """An endless stream of batches of `rows`, as `load` returns them, epoch after epoch.

    Args:
        load: called by several threads; it has to return the same for the same rows.
        rows: those to train on, (N,).
        first_epoch: epochs already trained.
        first_batch: batches of that epoch already trained.
        augment: called as `augment(images, seed)` with a batch and a pair of int64; returns the changed images.
        augmented_epochs: in how many epochs; None for all.
    """
    batches, together = -(-len(rows) // batch_size), max(1, IMAGES_TOGETHER // batch_size)
    examples = load(rows[:1])

    def epoch_blocks(epoch: tf.Tensor) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(rows, seed=tf.stack([tf.constant(seed, tf.int64), epoch]))
        first = tf.where(epoch == first_epoch, tf.constant(first_batch, tf.int64), tf.constant(0, tf.int64))
        steps = tf.data.Dataset.range(first, batches, together)
        return steps.map(lambda step: (epoch, step, order[step * batch_size : (step + together) * batch_size]))

    def loaded(epoch: tf.Tensor, step: tf.Tensor, chosen: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # Not stateful: else an operation that has to be deterministic would load one block after the other.
        block = tf.numpy_function(load, [chosen], [example.dtype for example in examples], stateful=False)
        for column, example in zip(block, examples, strict=True):
            column.set_shape([None, *example.shape[1:]])
        return (epoch, step, *block)

    def batches_of(epoch: tf.Tensor, step: tf.Tensor, *block: tf.Tensor) -> tf.data.Dataset:
        starts = tf.data.Dataset.range(0, tf.shape(block[0], tf.int64)[0], batch_size)
        return starts.map(
            lambda start: (epoch, step + start // batch_size, *(column[start : start + batch_size] for column in block))
        )

    epochs = tf.data.Dataset.range(first_epoch, 2**31)
    options = tf.data.Options()
    options.deterministic = True
    # No autotuning: a stop would have to wait until the tuning has finished, up to four seconds.
    options.autotune.enabled = False
    # What is computed in parallel keeps its order (deterministic above); some batches are ready while one is computed.
    loading = epochs.flat_map(epoch_blocks).map(loaded, num_parallel_calls=min(MOST_LOADERS, os.cpu_count() or 1))
    found = loading.flat_map(batches_of)
    if augment is None:
        found = found.map(_as_they_are)
    else:
        change = _augmented(augment, seed, augmented_epochs)
        found = found.map(change, num_parallel_calls=os.cpu_count() or 1)
    return found.prefetch(BATCHES_AHEAD).with_options(options)


def _as_they_are(_epoch: tf.Tensor, _step: tf.Tensor, *batch: tf.Tensor) -> tuple[tf.Tensor, ...]:
    return batch


def _augmented(augment: Augment, seed: int, n_epochs: int | None) -> Callable[..., tuple[tf.Tensor, ...]]:
    def change(epoch: tf.Tensor, step: tf.Tensor, images: tf.Tensor, *others: tf.Tensor) -> tuple[tf.Tensor, ...]:
        def augmented() -> tf.Tensor:
            return augment(images, tf.stack([epoch * 1_000_003 + step, tf.constant(seed, tf.int64)]))

        if n_epochs is None:
            return (augmented(), *others)
        return (tf.cond(epoch < n_epochs, augmented, lambda: images), *others)

    return change
