"""A network that answers for a drawing: that of a run, or the bundled one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard import cached
from dashboard.shared.runs.names import short_labels
from mnist_core.data.dataset import UInt8Array
from mnist_core.data.sources.known import class_names_of
from mnist_core.models.architecture import Architecture
from mnist_core.network.bundled import bundled_network
from mnist_core.network.forward import Weights
from mnist_core.network.scoring import scaler_of, score_images
from mnist_core.runs.record import RunRecord

BUNDLED = "bundled"
"""Stands for the bundled network, which is no run."""
MAX_OTHERS = 5
"""Networks beside the first: six answer in a column of a page."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answering:
    """A network that answers: that of a run, with the weights of its best checkpoint, or the bundled one.

    Attributes:
        run: None for the bundled network.
        label: its name beside the others, where the title of the run does not tell them apart.
    """

    run: RunRecord | None
    label: str = ""

    @property
    def network_id(self) -> str:
        return BUNDLED if self.run is None else self.run.run_id

    @property
    def title(self) -> str:
        """Its name on screen, as a person wrote it."""
        return "Bundled network" if self.run is None else self.label or self.run.title

    @property
    def dataset(self) -> str:
        """Name of the data set that it was trained on; for the bundled network, of MNIST as far as it is here."""
        return cached.default_dataset() if self.run is None else self.run.config.dataset

    @property
    def class_names(self) -> tuple[str, ...]:
        return class_names_of(self.dataset)

    @property
    def architecture(self) -> Architecture:
        return bundled_network().config.architecture if self.run is None else self.run.config.architecture

    def weights(self) -> Weights:
        """Its weights by name.

        Raises:
            RunError: the run was deleted, or its weights are damaged.
        """
        return bundled_network().weights if self.run is None else cached.weights(self.run.run_id)

    def scaled(self, images: UInt8Array) -> np.ndarray:
        """Images uint8 (N, 28, 28) as its input, float32 (N, 28, 28, 1)."""
        scaler = bundled_network().scaler if self.run is None else scaler_of(self.run)
        return scaler.apply(images)

    def predict(self, images: UInt8Array) -> np.ndarray:
        """Class probabilities, float32 (N, 10), of images uint8 (N, 28, 28).

        Raises:
            RunError: the run was deleted, or its weights are damaged.
        """
        if self.run is None:
            return bundled_network().predict(images)
        return score_images(self.architecture, self.weights(), scaler_of(self.run), images)


def labelled(networks: Sequence[Answering]) -> tuple[Answering, ...]:
    """The same networks with names that differ."""
    runs = [one.run for one in networks if one.run is not None]
    labels = dict(zip((run.run_id for run in runs), short_labels(runs), strict=True))
    return tuple(replace(one, label=labels.get(one.network_id, "")) for one in networks)


def has_weights(run: RunRecord) -> bool:
    """Whether a run has finished an epoch, so that its network can answer."""
    return run.best_epoch is not None
