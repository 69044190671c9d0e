"""Whether digits that a run is scored on were among those it was made with: then the score flatters it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.data.splitting import split_training
from mnist_core.training.config import ExperimentConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Leakage:
    """How many of `n` digits are, pixel by pixel, among those a run was made with.

    Attributes:
        n_trained: among the images it was trained on.
        n_validated: only among the images that its best epoch was chosen by.
    """

    n: int
    n_trained: int
    n_validated: int

    @property
    def is_clean(self) -> bool:
        """Whether every digit is new to the run."""
        return self.n_trained + self.n_validated == 0


def find_leakage(config: ExperimentConfig, own: Dataset, images: UInt8Array) -> Leakage:
    """Count the digits uint8 (N, 28, 28) that a run with this configuration has seen.

    Args:
        own: the data set that the run was made with.
    """
    training, validation = split_training(
        own.train.labels,
        fraction=config.training.validation_fraction,
        seed=config.training.seed,
        limit=config.limit,
    )
    asked = [image.tobytes() for image in images]
    wanted = set(asked)  # of the few that are asked about, so that the many are only walked through
    trained, validated = (_among(wanted, own.train.images[rows]) for rows in (training, validation))
    in_training = np.array([image in trained for image in asked], dtype=np.bool_)
    in_validation = np.array([image in validated for image in asked], dtype=np.bool_)
    return Leakage(
        n=len(asked), n_trained=int(in_training.sum()), n_validated=int((in_validation & ~in_training).sum())
    )


def _among(wanted: set[bytes], images: UInt8Array) -> set[bytes]:
    return {content for image in images if (content := image.tobytes()) in wanted}
