"""The forward pass of a network in numpy, without Keras.

Probabilities equal those of Keras in float32 within 1e-6. Meant for single digits and a few thousand at most.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np

from mnist_core.errors import RunCorruptedError, shown
from mnist_core.models.architecture import INPUT_SHAPE, OUTPUT, Architecture
from mnist_core.models.layers import (
    Activate,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Residual,
    SeparableConv,
)
from mnist_core.models.shapes import Padding, size_of
from mnist_core.models.weights import weight_shapes
from mnist_core.network import operations
from mnist_core.network.operations import Array
from mnist_core.network.single_thread import single_threaded

Weights = Mapping[str, Array]

CHUNK_BYTES = 2_000_000
"""Memory of the patches of a convolution for the images of one chunk, so that they fit into the CPU cache."""

MAX_CHUNK = 256


def forward(architecture: Architecture, weights: Weights, x: Array) -> Array:
    """Class probabilities, float32 (N, 10), of scaled images, float32 (N, 28, 28, 1).

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    return activations(architecture, weights, x, layers=(OUTPUT,))[OUTPUT]


def activations(
    architecture: Architecture, weights: Weights, x: Array, *, layers: Collection[str] | None = None
) -> dict[str, Array]:
    """Activations by layer: (N, height, width, channels) or (N, units); those of `output` are probabilities.

    With `layers`, only those are returned: for many images, all activations together take much memory.

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    checked, x = checked_weights(architecture, weights), _checked_images(x)
    wanted = set(architecture.names if layers is None else layers)
    parts: dict[str, list[Array]] = {name: [] for name in architecture.names if name in wanted}
    chunk = images_at_once(architecture)
    for start in range(0, max(1, len(x)), chunk):
        with single_threaded():
            for name, tensor in _steps(architecture, checked, x[start : start + chunk]):
                if name in parts:
                    parts[name].append(tensor)
    return {name: kept[0] if len(kept) == 1 else np.concatenate(kept) for name, kept in parts.items()}


def last_hidden(architecture: Architecture, weights: Weights, x: Array) -> Array:
    """The hidden vectors of images, float32 (N, D): the input of the classifier head.

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    name = architecture.names[-2]  # a network that can be built has at least one layer: its input is an image
    return activations(architecture, weights, x, layers=(name,))[name]


def _steps(architecture: Architecture, weights: Weights, tensor: Array) -> Iterator[tuple[str, Array]]:
    for layer, name in zip(architecture.layers, architecture.names, strict=False):
        tensor = layer_output(layer, name, weights, tensor)
        yield name, tensor
    yield OUTPUT, output(weights, tensor)


def layer_output(layer: Layer, name: str, weights: Weights, tensor: Array) -> Array:
    """The activations of one layer for those of the layer before it."""
    return _FORWARD[type(layer)](layer, name, weights, tensor)


def output(weights: Weights, tensor: Array) -> Array:
    """Class probabilities, float32 (N, 10), for the activations of the last hidden layer."""
    return operations.softmax(tensor @ weights[f"{OUTPUT}/kernel"] + weights[f"{OUTPUT}/bias"])


def checked_weights(architecture: Architecture, weights: Weights) -> dict[str, Array]:
    checked = {}
    for name, shape in weight_shapes(architecture).items():
        value = weights.get(name)
        if value is None or value.shape != shape:
            received = "nothing" if value is None else f"shape {value.shape}"
            raise RunCorruptedError(f"The weights do not fit the network. Expected `{name}` of shape {shape}. "
                                    f"Received: {received}.")  # fmt: skip
        checked[name] = np.asarray(value, np.float32)
    return checked


def _checked_images(x: Array) -> Array:
    if x.ndim != 4 or x.shape[1:] != INPUT_SHAPE:
        raise ValueError(f"Invalid images. Expected shape (N, 28, 28, 1). Received: {shown(x.shape)}.")
    return np.asarray(x, np.float32)


def images_at_once(architecture: Architecture) -> int:
    """How many images go through the network together, so that their patches fit into the CPU cache."""
    largest = 4 * size_of(INPUT_SHAPE)
    for layer, row in zip(architecture.layers, architecture.rows, strict=False):
        window = layer.kernel_size**2 if isinstance(layer, Conv) else 9 if isinstance(layer, Residual) else 1
        channels = row.input_shape[-1] if window > 1 else 1
        largest = max(largest, 4 * size_of(row.output_shape[:2]) * window * channels)
    return max(1, min(MAX_CHUNK, CHUNK_BYTES // largest))


def _conv(layer: Conv, name: str, weights: Weights, tensor: Array) -> Array:
    output = operations.convolve(tensor, weights[f"{name}/kernel"], layer.stride, layer.padding)
    output += weights[f"{name}/bias"]
    return operations.activate(output, layer.activation)


def _separable_conv(layer: SeparableConv, name: str, weights: Weights, tensor: Array) -> Array:
    depthwise = operations.convolve_depthwise(tensor, weights[f"{name}/depthwise_kernel"], layer.stride, layer.padding)
    output: Array = depthwise @ weights[f"{name}/pointwise_kernel"][0, 0]
    output += weights[f"{name}/bias"]
    return operations.activate(output, layer.activation)


def _batch_norm(layer: Layer, name: str, weights: Weights, tensor: Array) -> Array:
    parts = (weights[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
    return operations.batch_normalise(tensor, *parts)


def _dense(layer: Dense, name: str, weights: Weights, tensor: Array) -> Array:
    output: Array = tensor @ weights[f"{name}/kernel"]
    output += weights[f"{name}/bias"]
    return operations.activate(output, layer.activation)


def _residual(layer: Residual, name: str, weights: Weights, tensor: Array) -> Array:
    skip = residual_skip(name, weights, tensor)
    tensor = residual_half(layer, name, weights, tensor, 1)
    np.maximum(tensor, 0, out=tensor)
    tensor = residual_half(layer, name, weights, tensor, 2)
    tensor += skip
    return np.maximum(tensor, 0, out=tensor)


def residual_skip(name: str, weights: Weights, tensor: Array) -> Array:
    """The way around a residual block; without a projection it is the input itself."""
    projection = weights.get(f"{name}_projection/kernel")
    return tensor if projection is None else tensor @ projection[0, 0]


def residual_half(layer: Residual, name: str, weights: Weights, tensor: Array, half: int) -> Array:
    """The first or the second convolution of a residual block with its batch normalisation, before the ReLU."""
    tensor = operations.convolve(tensor, weights[f"{name}_conv_{half}/kernel"], 1, Padding.SAME)
    return _batch_norm(layer, f"{name}_batch_norm_{half}", weights, tensor)


_FORWARD: Mapping[type[Layer], Callable[..., Array]] = {
    Conv: _conv,
    SeparableConv: _separable_conv,
    MaxPool: lambda layer, name, weights, tensor: operations.max_pool(tensor, layer.size),
    AveragePool: lambda layer, name, weights, tensor: operations.average_pool(tensor, layer.size),
    GlobalAveragePool: lambda layer, name, weights, tensor: tensor.mean(axis=(1, 2)),
    BatchNorm: _batch_norm,
    Dropout: lambda layer, name, weights, tensor: tensor,
    Flatten: lambda layer, name, weights, tensor: tensor.reshape(len(tensor), size_of(tensor.shape[1:])),
    Dense: _dense,
    Activate: lambda layer, name, weights, tensor: operations.activate(tensor.copy(), layer.function),
    Residual: _residual,
}
