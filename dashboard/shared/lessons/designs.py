"""The designs that lessons have trained."""

from __future__ import annotations

from dashboard import cached
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Flatten, MaxPool
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings

N_IMAGES = 4_000
"""As many as the bundled sample has, so that a lesson takes as long and gives as much with any data set."""
SMALL_NETWORK = Architecture(layers=(Conv(filters=8), MaxPool(), Conv(filters=16), MaxPool(), Flatten()))
"""Trains in seconds."""
SHORT = TrainingSettings(batch_size=32)


def design(
    architecture: Architecture = SMALL_NETWORK, training: TrainingSettings = SHORT, *, limit: int = N_IMAGES
) -> ExperimentConfig:
    """A design to train in a lesson, on the data set of this machine."""
    return ExperimentConfig(dataset=cached.default_dataset(), limit=limit, architecture=architecture, training=training)
