"""Leakage: images that a run is scored on and that were used in its training, which makes the score too high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.training.config import ExperimentConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Leakage:
    """How many of `n` images are, pixel by pixel, among those used in the training of a run.

    Attributes:
        n_trained: among its training images.
        n_validated: only among its validation images.
    """

    n: int
    n_trained: int
    n_validated: int

    @property
    def is_clean(self) -> bool:
        """Whether no image was used in the training."""
        return self.n_trained + self.n_validated == 0


def find_leakage(config: ExperimentConfig, own: Dataset, images: UInt8Array) -> Leakage:
    """Count the images uint8 (N, 28, 28) that were used in the training of a run with this configuration.

    Args:
        own: the data set of the run.
    """
    training, validation = config.split(own.train.labels)
    asked = [image.tobytes() for image in images]
    wanted = set(asked)  # the smaller set, so that the training images are only iterated over
    trained, validated = (_among(wanted, own.train.images[rows]) for rows in (training, validation))
    in_training = np.array([image in trained for image in asked], dtype=np.bool_)
    in_validation = np.array([image in validated for image in asked], dtype=np.bool_)
    return Leakage(
        n=len(asked), n_trained=int(in_training.sum()), n_validated=int((in_validation & ~in_training).sum())
    )


def _among(wanted: set[bytes], images: UInt8Array) -> set[bytes]:
    return {content for image in images if (content := image.tobytes()) in wanted}
