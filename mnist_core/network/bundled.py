"""A small network that comes already trained, so that a drawing is predicted before anybody has trained one.

`bundled.npz` beside this module has its weights in half precision, its configuration, and the accuracy of exactly these
weights. `docs/bundled_network.py` makes the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.scaling import Scaler
from mnist_core.data.sources.npz import read_npz
from mnist_core.errors import RunCorruptedError
from mnist_core.network.operations import Array
from mnist_core.network.scoring import score_images
from mnist_core.training.config import ExperimentConfig

FILE = Path(__file__).with_name("bundled.npz")
META = "meta"
MAX_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BundledNetwork:
    """A trained network with where it comes from.

    Attributes:
        weights: float32 by name, rounded to half precision.
        dataset: title of the data set it was trained on.
        train_images: images that the weights were fitted to.
        epoch: of the best checkpoint, which the weights are of.
        test_accuracy: of these weights on `test_images` images, from 0 to 1.
        script: what made the file.
    """

    config: ExperimentConfig
    scaler: Scaler
    weights: Mapping[str, Array]
    dataset: str
    train_images: int
    test_images: int
    epoch: int
    test_accuracy: float
    script: str

    def predict(self, images: UInt8Array) -> Array:
        """Class probabilities, float32 (N, 10), of images uint8 (N, 28, 28)."""
        return score_images(self.config.architecture, self.weights, self.scaler, images)


@lru_cache(maxsize=1)
def bundled_network() -> BundledNetwork:
    """The bundled network.

    Raises:
        DatasetError: the file is missing or damaged.
        RunCorruptedError: it is not a network.
    """
    arrays = read_npz(FILE, max_bytes=MAX_BYTES)
    try:
        meta = json.loads(arrays.pop(META).tobytes())
        return BundledNetwork(
            config=ExperimentConfig.from_dict(meta["config"]),
            scaler=Scaler.from_dict(meta["scaler"]),
            weights={name.replace("|", "/"): array.astype(np.float32) for name, array in arrays.items()},
            dataset=str(meta["dataset"]),
            train_images=int(meta["train_images"]),
            test_images=int(meta["test_images"]),
            epoch=int(meta["epoch"]),
            test_accuracy=float(meta["test_accuracy"]),
            script=str(meta["script"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RunCorruptedError(f"The bundled network is damaged: {error}.") from error
