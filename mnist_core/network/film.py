"""How a network came to be: the filters of a layer, its activations for one digit, and the prediction, by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import OUTPUT, Architecture
from mnist_core.network.forward import Weights, activations
from mnist_core.network.operations import Array
from mnist_core.network.templates import pixel_templates

MAX_TILES = 32
"""Filters or feature maps of a frame; of a wider layer the first ones."""

MAX_NUMBERS = 400_000
"""Numbers in all frames of filters, or of activations: a film is sent to the browser in one piece."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reel:
    """The same small images after E epochs.

    Attributes:
        frames: float32 (E, K, height, width); a unit is an image of one pixel.
        n: how many there are in the layer, of which the first K are in the frames.
    """

    frames: Array
    n: int

    @property
    def limit(self) -> float:
        """The largest absolute number of all frames: one scale, so that a change of colour is a change of value."""
        return float(np.nanmax(np.abs(self.frames), initial=0.0))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Film:
    """A layer and the prediction for one digit after E epochs.

    Attributes:
        epochs: ascending; 0 is before training.
        filters: of the layer, each by its slice on one input channel; None for a layer without filters.
        activations: of the layer for the digit; None without a digit.
        probabilities: float32 (E, 10); None without a digit.
    """

    layer: str
    epochs: tuple[int, ...]
    filters: Reel | None
    activations: Reel | None
    probabilities: Array | None


def film(architecture: Architecture, by_epoch: Mapping[int, Weights], x: Array | None, layer: str) -> Film:
    """The film of a layer.

    Args:
        by_epoch: the weights after each epoch, at least one.
        x: the scaled digit, float32 (1, 28, 28, 1), or None.

    Raises:
        ConfigError: the network has no such layer.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    if layer not in architecture.names:
        raise ConfigError.invalid("layer", expected="one of " + ", ".join(architecture.names), received=layer)
    epochs = tuple(sorted(by_epoch))
    found = {epoch: _answer(architecture, by_epoch[epoch], x, layer) for epoch in epochs} if x is not None else None
    return Film(
        layer=layer,
        epochs=epochs,
        filters=_filters(architecture, [by_epoch[epoch] for epoch in epochs], layer),
        activations=None if found is None else _reel([_tiles(found[epoch][0]) for epoch in epochs]),
        probabilities=None if found is None else np.stack([found[epoch][1] for epoch in epochs]),
    )


def _answer(architecture: Architecture, weights: Weights, x: Array, layer: str) -> tuple[Array, Array]:
    """The activations of the layer for the digit, and its probabilities (10,)."""
    found = activations(architecture, weights, x, layers=(layer, OUTPUT))
    return found[layer][0], found[OUTPUT][0]


def _tiles(values: Array) -> Array:
    """Activations (height, width, channels) or (units,) as images (K, height, width)."""
    return values.transpose(2, 0, 1) if values.ndim == 3 else values.reshape(-1, 1, 1)


def _filters(architecture: Architecture, weights: list[Weights], layer: str) -> Reel | None:
    """Filters (E, F, side, side), each on the input channel on which it is strongest in the end."""
    names = (f"{layer}/kernel", f"{layer}/depthwise_kernel", f"{layer}_conv_1/kernel")
    name = next((name for name in names if name in weights[-1] and weights[-1][name].ndim == 4), None)
    if name is None:
        images = [pixel_templates(architecture, part) for part in weights]
        found = [item.images for item in images if item is not None and item.layer == layer]
        return _reel(found) if found else None
    kernels = [_filters_last(part[name], is_depthwise=name.endswith("depthwise_kernel")) for part in weights]
    main = np.square(kernels[-1].astype(np.float32)).sum(axis=(0, 1)).argmax(axis=0)
    return _reel([kernel[:, :, main, np.arange(len(main))].transpose(2, 0, 1) for kernel in kernels])


def _filters_last(kernel: Array, *, is_depthwise: bool) -> Array:
    """(height, width, inputs, filters); a depthwise filter has one input."""
    return kernel.transpose(0, 1, 3, 2) if is_depthwise else kernel


def _reel(images: list[Array]) -> Reel:
    n, height, width = images[0].shape
    kept = min(n, MAX_TILES if height > 1 else n, max(1, MAX_NUMBERS // (len(images) * height * width)))
    return Reel(frames=np.stack([part[:kept] for part in images]).astype(np.float32), n=n)
