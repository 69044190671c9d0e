"""The output of any layer as one vector for each image, short enough for maps and for linear probes."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from mnist_core.data.dataset import Indices
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import INPUT_SHAPE, OUTPUT, Architecture
from mnist_core.models.layers import Dropout, Flatten
from mnist_core.models.shapes import Shape, size_of
from mnist_core.network.forward import Weights, activations
from mnist_core.network.operations import Array

PIXELS = "pixels"
"""Name of the scaled pixels, which come before the first layer."""

MAX_WIDTH = 1_024
"""Longest vector. Longer outputs are reduced: see `shape_kept`."""

SMALLEST = 1e-30
"""Probabilities are raised to this before the logarithm."""

_UNCHANGED = {Flatten.kind, Dropout.kind}


def represented_layers(architecture: Architecture) -> tuple[str, ...]:
    """The pixels and every layer that changes its input, in the order of the network, `output` last."""
    return (PIXELS, *(row.name for row in architecture.rows if row.kind not in _UNCHANGED))


def output_shape(architecture: Architecture, layer: str) -> Shape:
    """Shape of the output of a layer for one image.

    Raises:
        ConfigError: the network has no such layer.
    """
    shapes = {PIXELS: INPUT_SHAPE, **{row.name: row.output_shape for row in architecture.rows}}
    if layer not in shapes:
        raise ConfigError.invalid("layer", expected="one of " + ", ".join(shapes), received=layer)
    return shapes[layer]


def shape_kept(shape: Shape) -> Shape:
    """What is left of an output of this shape in a vector of at most `MAX_WIDTH` numbers.

    Feature maps are averaged over a grid of as many equal squares as there is room for; of a flat layer some units are
    taken at random, the same ones always: behind `Flatten`, the first would be those of the top of the image.
    """
    if size_of(shape) <= MAX_WIDTH:
        return shape
    if len(shape) == 1:
        return (MAX_WIDTH,)
    side = max(1, min(math.isqrt(MAX_WIDTH // shape[2]), *shape[:2]))
    return (side, side, min(shape[2], MAX_WIDTH))


def layer_vectors(architecture: Architecture, weights: Weights, x: Array, layers: Collection[str]) -> dict[str, Array]:
    """Vectors float32 (N, D) of scaled images float32 (N, 28, 28, 1) by layer.

    Those of `output` are the logarithms of the probabilities: the logits up to a constant of each image.

    Raises:
        ConfigError: the network has no such layer.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    kept = {layer: shape_kept(output_shape(architecture, layer)) for layer in layers}
    found = activations(architecture, weights, x, layers=[layer for layer in layers if layer != PIXELS])
    return {layer: _vectors(x if layer == PIXELS else found[layer], layer, shape) for layer, shape in kept.items()}


def averaged(maps: Array, rows: int, columns: int) -> Array:
    """Feature maps (N, height, width, channels) averaged over a grid: (N, rows, columns, channels).

    Where the size is no multiple, some parts of the grid are a pixel longer than others.
    """
    n, height, width, channels = maps.shape
    top, left = np.arange(rows) * height // rows, np.arange(columns) * width // columns
    sums = np.add.reduceat(np.add.reduceat(maps, top, axis=1), left, axis=2)
    areas = np.outer(np.diff(top, append=height), np.diff(left, append=width)).astype(np.float32)
    found: Array = (sums / areas[..., np.newaxis]).astype(np.float32, copy=False)
    return found


def _vectors(values: Array, layer: str, kept: Shape) -> Array:
    if layer == OUTPUT:
        logarithms: Array = np.log(np.maximum(values, SMALLEST))
        return logarithms
    if values.shape[1:] != kept:
        values = averaged(values[..., : kept[2]], *kept[:2]) if len(kept) == 3 else values[:, _units(*values.shape[1:])]
    return values.reshape(len(values), -1)


def _units(width: int) -> Indices:
    """`MAX_WIDTH` of the positions below `width`, ascending; the stream of `RandomState` is frozen for good."""
    found: Indices = np.sort(np.random.RandomState(0).permutation(width)[:MAX_WIDTH])
    return found
