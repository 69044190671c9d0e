"""All resource limits, each with its reason; they are well above what people need.

A limit of a single value is defined with the value (`fields`, `models.architecture.LIMITS`, `models.memory`). Here they
are collected for the screen, with those that depend on the data set and on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from mnist_core.data.splitting import n_validating
from mnist_core.errors import ConfigError
from mnist_core.fields import spec_of
from mnist_core.models.architecture import LIMITS
from mnist_core.models.memory import MEMORY_LIMIT, MemoryEstimate, memory_problem, training_memory
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Optimizer, Precision, TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownLimit:
    """A resource limit in words."""

    what: str
    most: str
    reason: str


def shown_limits() -> tuple[ShownLimit, ...]:
    """All resource limits, for the screen."""
    epochs = spec_of(TrainingSettings, "epochs").high or 0
    return (
        ShownLimit(what="Parameters", most=f"{LIMITS['parameters'].value:,}", reason=LIMITS["parameters"].reason),
        ShownLimit(what="Layers", most=f"{LIMITS['layers'].value}", reason=LIMITS["layers"].reason),
        ShownLimit(what="Memory", most=f"{MEMORY_LIMIT.value}% of the free memory", reason=MEMORY_LIMIT.reason),
        ShownLimit(
            what="Epochs",
            most=f"{epochs:,.0f}",
            reason="Digits need far fewer. More epochs can be added when a run has ended.",
        ),
    )


def images_that_train(config: ExperimentConfig, train_images: int) -> int:
    """Training images left of `train_images` in the data set, after the image limit and the validation split."""
    images = min(train_images, config.limit or train_images)
    return images - n_validating(images, config.training.validation_fraction)


def accident(config: ExperimentConfig, *, train_images: int, free_bytes: int | None = None) -> ConfigError | None:
    """Why this training should not be started on this machine, None if it may be.

    A batch larger than the training images is no obstacle: it is all of them, in one step per epoch. Recipes on a few
    images are such trainings.

    Args:
        train_images: images of the data set's training split.
        free_bytes: free memory; by default that of this machine now.
    """
    if (problem := config.architecture.problem) is not None:
        return problem
    images = images_that_train(config, train_images)
    if images < 1:
        return ConfigError.invalid(
            "limit",
            expected="enough images for training and validation",
            received=config.limit,
            words="No image is left to train on. Raise the image limit, or lower the validation fraction.",
        )
    free = psutil.virtual_memory().available if free_bytes is None else free_bytes
    return memory_problem(memory_of(config, train_images), free)


def memory_of(config: ExperimentConfig, train_images: int) -> MemoryEstimate:
    """The estimated memory of a training."""
    settings = config.training
    return training_memory(
        config.architecture,
        min(settings.batch_size, max(1, images_that_train(config, train_images))),
        optimizer_copies=_copies(settings),
        is_bfloat16=settings.precision is Precision.MIXED_BFLOAT16,
        images=min(train_images, config.limit or train_images),
    )


def _copies(settings: TrainingSettings) -> int:
    """How many numbers the optimizer stores for each weight."""
    own = {Optimizer.SGD: 0, Optimizer.RMSPROP: 1, Optimizer.LION: 1}.get(settings.optimizer, 2)
    return own + settings.has_momentum
