"""Networks that together have every kind of step, padding and stride, and what Keras computes in them."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    MaxPool,
    Padding,
    Residual,
    SeparableConv,
)

SAME = Padding.SAME

NETWORKS = {
    "convolutions": Architecture(
        layers=(
            *(Conv(filters=5, padding=SAME), Conv(filters=4, kernel_size=4, padding=SAME, activation=Activation.TANH)),
            *(Conv(filters=6, stride=2, padding=SAME), Conv(filters=3, kernel_size=2, stride=3), MaxPool()),
            *(Flatten(), Dropout(), Dense(units=7, activation=Activation.ELU)),
        )
    ),
    "separable": Architecture(
        layers=(
            *(SeparableConv(filters=4, stride=2, padding=SAME, activation=Activation.LEAKY_RELU), AveragePool(size=3)),
            *(SeparableConv(filters=9, kernel_size=2), Activate(function=Activation.GELU), GlobalAveragePool()),
            *(BatchNorm(), Dense(units=5, activation=Activation.SIGMOID), Activate(function=Activation.SILU)),
        )
    ),
    "residual": Architecture(
        layers=(
            *(AveragePool(), Residual(filters=3), Residual(filters=3), BatchNorm(), Activate(), MaxPool(size=3)),
            *(Conv(filters=2, kernel_size=4), Flatten()),
        )
    ),
}


def keras_steps(architecture: Architecture, weights: dict[str, np.ndarray], images: np.ndarray) -> dict:
    """Keras' outputs by the name of the step: of every layer, `(before, after)` its activation function.

    `before` comes from a second model without activation functions in its layers, whose layers get the outputs of the
    first: they share no line with the code under test.
    """
    keras = pytest.importorskip("keras")
    from mnist_core.models.build import build_model, weight_name

    model = build_model(architecture)
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])
    layers = [layer for layer in model.layers if layer.name != "input"]
    outputs = keras.Model(model.inputs, [layer.output for layer in layers])([images])
    found = {}
    for layer, output in zip(layers, outputs, strict=True):
        before = output
        if getattr(layer, "activation", None) is not None and not isinstance(layer, keras.layers.Activation):
            inputs = keras.Model(model.inputs, layer.input)([images])
            function, layer.activation = layer.activation, keras.activations.linear
            before = layer(inputs)
            layer.activation = function
        found[layer.name] = (np.asarray(before)[0], np.asarray(output)[0])
    return found
