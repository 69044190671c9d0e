"""Keras optimizers and losses for the training settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from mnist_core.training.settings import Optimizer, TrainingSettings

OPTIMIZERS: Mapping[Optimizer, Callable[..., keras.optimizers.Optimizer]] = {
    Optimizer.SGD: keras.optimizers.SGD,
    Optimizer.ADAM: keras.optimizers.Adam,
    Optimizer.ADAMW: keras.optimizers.AdamW,
    Optimizer.RMSPROP: keras.optimizers.RMSprop,
    Optimizer.LION: keras.optimizers.Lion,
}


def make_optimizer(settings: TrainingSettings) -> keras.optimizers.Optimizer:
    """The optimizer with the learning rate of the settings; the schedule changes it during training."""
    options: dict[str, Any] = {"learning_rate": settings.learning_rate, "global_clipnorm": settings.gradient_clip}
    if settings.takes_momentum:
        options["momentum"] = settings.momentum
    if settings.optimizer is Optimizer.SGD:
        options["nesterov"] = settings.nesterov
    # AdamW without decay is Adam: 0 is passed on, so that 0 turns the decay off for AdamW too.
    if settings.weight_decay or settings.optimizer is Optimizer.ADAMW:
        options["weight_decay"] = settings.weight_decay
    return OPTIMIZERS[settings.optimizer](**options)


def make_loss(settings: TrainingSettings) -> keras.losses.Loss:
    """The loss; label smoothing needs one-hot labels, so it implies the categorical form."""
    if settings.uses_one_hot:
        return keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing)
    return keras.losses.SparseCategoricalCrossentropy()
