"""Every limit against accidents in one place, each with its reason; all of them are well above what people need.

Limits that a value has by itself are where the value is (`fields`, `models.architecture.LIMITS`, `models.memory`); here
they are gathered for the screen, with those that depend on the data set and on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from mnist_core.errors import ConfigError
from mnist_core.fields import spec_of
from mnist_core.models.architecture import LIMITS
from mnist_core.models.memory import MEMORY_LIMIT, MemoryEstimate, memory_problem, training_memory
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Optimizer, Precision, TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLimit:
    """A limit in words."""

    what: str
    most: str
    reason: str


def shown_limits() -> tuple[ShownLimit, ...]:
    """All limits, for a person to read."""
    epochs = spec_of(TrainingSettings, "epochs").high or 0
    return (
        ShownLimit(what="Parameters", most=f"{LIMITS['parameters'].value:,}", reason=LIMITS["parameters"].reason),
        ShownLimit(what="Layers", most=f"{LIMITS['layers'].value}", reason=LIMITS["layers"].reason),
        ShownLimit(what="Memory", most=f"{MEMORY_LIMIT.value}% of what is free", reason=MEMORY_LIMIT.reason),
        ShownLimit(
            what="Epochs",
            most=f"{epochs:,.0f}",
            reason="Digits are learned within 100. A run can be given more when it has ended.",
        ),
        ShownLimit(
            what="Batch size",
            most="the images that train",
            reason="A larger batch would be cut to them: one weight update an epoch, which learns next to nothing.",
        ),
    )


def images_that_train(config: ExperimentConfig, train_images: int) -> int:
    """Images left to train with, of `train_images` in the data set, after the limit and without validation images."""
    images = min(train_images, config.limit or train_images)
    return images - max(1, round(config.training.validation_fraction * images))


def accident(config: ExperimentConfig, *, train_images: int, free_bytes: int | None = None) -> ConfigError | None:
    """Why this experiment should not be started here, or None if it may.

    Args:
        train_images: images of the data set's training split.
        free_bytes: memory that is free; by default what this machine has now.
    """
    if (problem := config.architecture.problem) is not None:
        return problem
    images = images_that_train(config, train_images)
    if images < 1:
        return ConfigError.invalid("limit", expected="enough images to train and to validate", received=config.limit)
    batch_size = config.training.batch_size
    if batch_size > images:
        expected = f"at most {images:,}, the images that train"
        return ConfigError.invalid("batch_size", expected=expected, received=batch_size)
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    return memory_problem(memory_of(config, train_images), free)


def memory_of(config: ExperimentConfig, train_images: int) -> MemoryEstimate:
    """Memory that the training of an experiment is estimated to take."""
    settings = config.training
    return training_memory(
        config.architecture,
        settings.batch_size,
        optimizer_copies=_copies(settings),
        is_bfloat16=settings.precision is Precision.MIXED_BFLOAT16,
        images=min(train_images, config.limit or train_images),
    )


def _copies(settings: TrainingSettings) -> int:
    """Numbers that the optimizer keeps for each weight."""
    own = {Optimizer.SGD: 0, Optimizer.RMSPROP: 1, Optimizer.LION: 1}.get(settings.optimizer, 2)
    takes_momentum = settings.optimizer in (Optimizer.SGD, Optimizer.RMSPROP)
    return own + (1 if takes_momentum and settings.momentum else 0)
