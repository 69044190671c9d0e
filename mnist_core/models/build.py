"""The only place where an `Architecture` becomes a `keras.Model`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES
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


def build_model(
    architecture: Architecture, *, scale: Callable[[keras.KerasTensor], keras.KerasTensor] | None = None
) -> keras.Model:
    """A functional model from (N, 28, 28, 1) to class probabilities (N, 10), not compiled, with initial weights.

    Layers have the names of `architecture.rows`; those inside a residual block are `<name>_conv_1` and so on, and the
    block's last one is `<name>`. Numeric precision follows `keras.config.dtype_policy()`; probabilities are always
    float32.

    Args:
        scale: what is done to the inputs before the first layer, for a model that takes pixels; nothing by default.

    Raises:
        ArchitectureError: the stack cannot be built.
    """
    architecture.validate()
    inputs = tensor = keras.Input(INPUT_SHAPE, name="input")
    if scale is not None:
        tensor = scale(tensor)
    for layer, row in zip(architecture.layers, architecture.rows, strict=False):
        tensor = _BUILDERS[type(layer)](layer, row.name)(tensor)
    # Softmax in bfloat16 would round the probabilities to three digits.
    outputs = keras.layers.Dense(N_CLASSES, activation="softmax", dtype="float32", name=OUTPUT)(tensor)
    return keras.Model(inputs, outputs, name="network")


def load_weights(model: keras.Model, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Give a model of `build_model` the weights of this name: a run's, checked."""
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])


def without_softmax(model: keras.Model) -> None:
    """Let a model of `build_model` answer with logits: a softmax that is sure has no gradient, only noise."""
    model.get_layer(OUTPUT).activation = keras.activations.linear


def weight_name(variable: keras.Variable) -> str:
    """The name of a model's weight everywhere in MNIST Studio: layer and weight, such as `conv_1/kernel`."""
    return "/".join(str(variable.path).split("/")[-2:])


def _conv(layer: Conv, name: str) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        layer.filters,
        layer.kernel_size,
        strides=layer.stride,
        padding=layer.padding.value,
        activation=layer.activation.value,
        name=name,
    )


def _separable_conv(layer: SeparableConv, name: str) -> keras.layers.Layer:
    return keras.layers.SeparableConv2D(
        layer.filters,
        layer.kernel_size,
        strides=layer.stride,
        padding=layer.padding.value,
        activation=layer.activation.value,
        name=name,
    )


def _residual(layer: Residual, name: str) -> Callable[[Any], Any]:
    def conv(part: str, size: int = 3) -> keras.layers.Layer:
        return keras.layers.Conv2D(layer.filters, size, padding="same", use_bias=False, name=f"{name}_{part}")

    def block(tensor: Any) -> Any:
        skip = conv("projection", 1)(tensor) if layer.has_projection(tuple(tensor.shape[1:])) else tensor
        tensor = conv("conv_1")(tensor)
        tensor = keras.layers.BatchNormalization(name=f"{name}_batch_norm_1")(tensor)
        tensor = keras.layers.Activation("relu", name=f"{name}_activation_1")(tensor)
        tensor = conv("conv_2")(tensor)
        tensor = keras.layers.BatchNormalization(name=f"{name}_batch_norm_2")(tensor)
        tensor = keras.layers.Add(name=f"{name}_add")([tensor, skip])
        return keras.layers.Activation("relu", name=name)(tensor)

    return block


_BUILDERS: Mapping[type[Layer], Callable[[Any, str], Callable[[Any], Any]]] = {
    Conv: _conv,
    SeparableConv: _separable_conv,
    MaxPool: lambda layer, name: keras.layers.MaxPooling2D(layer.size, name=name),
    AveragePool: lambda layer, name: keras.layers.AveragePooling2D(layer.size, name=name),
    GlobalAveragePool: lambda layer, name: keras.layers.GlobalAveragePooling2D(name=name),
    BatchNorm: lambda layer, name: keras.layers.BatchNormalization(name=name),
    Dropout: lambda layer, name: keras.layers.Dropout(layer.rate, name=name),
    Flatten: lambda layer, name: keras.layers.Flatten(name=name),
    Dense: lambda layer, name: keras.layers.Dense(layer.units, activation=layer.activation.value, name=name),
    Activate: lambda layer, name: keras.layers.Activation(layer.function.value, name=name),
    Residual: _residual,
}
