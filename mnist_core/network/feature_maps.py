"""The activations of each channel of each layer: for one digit, and over a data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import Weights, activations
from mnist_core.network.operations import Array

BATCH = 256
"""Images whose activations are in memory at the same time."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LayerActivation:
    """The activations of one layer for one digit.

    Attributes:
        layer, kind: its name and kind, such as `conv_1` and `conv`; the classifier head is `output`.
        values: float32 (height, width, channels), or (features,) of a flat layer; read-only.
        strengths: float32 (channels,): mean absolute activation of each channel.
        order: int64 (channels,): the channels, the highest strength first; ties in their order in the layer.
    """

    layer: str
    kind: str
    values: Array
    strengths: Array
    order: NDArray[np.int64]

    @property
    def is_image(self) -> bool:
        """True if the channels are feature maps, False if they are units."""
        return self.values.ndim == 3

    @property
    def limit(self) -> float:
        """The largest absolute activation: one scale for all channels of the layer."""
        return float(np.abs(self.values).max(initial=0.0))

    @property
    def n_silent(self) -> int:
        """How many channels are 0 everywhere for this digit."""
        return int((self.strengths == 0).sum())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Responses:
    """The peak of each channel of a layer for each image of a data set.

    Attributes:
        peaks: float32 (N, channels): the largest activation of the channel anywhere in the image; read-only.
        is_silent: bool (channels,): True if the channel is 0 everywhere for every image.
    """

    layer: str
    peaks: Array
    is_silent: NDArray[np.bool_]

    def strongest_images(self, channel: int, count: int) -> NDArray[np.int64]:
        """Rows of the top activations of a channel, the highest first; ties in the order of the rows."""
        return np.argsort(-self.peaks[:, channel], kind="stable")[:count]


def feature_maps(architecture: Architecture, weights: Weights, x: Array) -> tuple[LayerActivation, ...]:
    """The activations of every layer, `output` last, for one scaled digit, float32 (1, 28, 28, 1) or (28, 28, 1).

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    found = activations(architecture, weights, x.reshape(1, 28, 28, 1))
    return tuple(_layer_activation(row.name, row.kind, found[row.name][0]) for row in architecture.rows)


def responses(architecture: Architecture, weights: Weights, x: Array, layer: str) -> Responses:
    """The peaks of one layer's channels over scaled images, float32 (N, 28, 28, 1), without holding all activations.

    Raises:
        ConfigError: the network has no layer of that name.
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    if layer not in architecture.names:
        raise ConfigError.invalid("layer", expected="one of " + ", ".join(architecture.names), received=layer)
    peaks, sizes = [], []
    for start in range(0, max(1, len(x)), BATCH):
        tensor = activations(architecture, weights, x[start : start + BATCH], layers=(layer,))[layer]
        if tensor.ndim == 4:
            sizes.append(np.abs(tensor).max(axis=(0, 1, 2), initial=0.0))
            peaks.append(tensor.max(axis=(1, 2)))
        else:
            sizes.append(np.abs(tensor).max(axis=0, initial=0.0))
            peaks.append(tensor)
    joined = np.concatenate(peaks)
    joined.setflags(write=False)
    return Responses(layer=layer, peaks=joined, is_silent=np.max(sizes, axis=0) == 0)


def _layer_activation(layer: str, kind: str, values: Array) -> LayerActivation:
    strengths: Array = np.abs(values).mean(axis=tuple(range(values.ndim - 1)), dtype=np.float32)
    values = values.view()  # the flag is set on a view: dropout may return the caller's array
    values.setflags(write=False)
    return LayerActivation(
        layer=layer, kind=kind, values=values, strengths=strengths, order=np.argsort(-strengths, kind="stable")
    )
