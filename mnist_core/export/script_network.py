"""The lines of Keras code that build a network, in the order of `models.build`.

The order matters: initial weights and dropout draw from the seed in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mnist_core.data.dataset import N_CLASSES
from mnist_core.models.architecture import OUTPUT, Architecture, LayerRow
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


def network_lines(architecture: Architecture) -> Iterator[str]:
    """Statements from the input `x` to the output `outputs`, one per line.

    Raises:
        ArchitectureError: the stack cannot be built.
    """
    architecture.validate()
    yield 'inputs = x = keras.Input((28, 28, 1), name="input")'
    for layer, row in zip(architecture.layers, architecture.rows, strict=False):
        yield from _LINES[type(layer)](layer, row)
    yield f'outputs = layers.Dense({N_CLASSES}, activation="softmax", dtype="float32", name="{OUTPUT}")(x)'


def _call(name: str, row: LayerRow, *arguments: Any, **options: Any) -> Iterator[str]:
    parts = [_literal(argument) for argument in arguments]
    parts += [f"{key}={_literal(value)}" for key, value in {**options, "name": row.name}.items()]
    yield f"x = layers.{name}({', '.join(parts)})(x)"


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)  # never text of a person


def _window(name: str) -> Callable[[Any, LayerRow], Iterator[str]]:
    def lines(layer: Conv | SeparableConv, row: LayerRow) -> Iterator[str]:
        strides = {"strides": layer.stride} if layer.stride != 1 else {}
        options = {**strides, "padding": layer.padding.value, "activation": layer.activation.value}
        yield from _call(name, row, layer.filters, layer.kernel_size, **options)

    return lines


def _residual(layer: Residual, row: LayerRow) -> Iterator[str]:
    def conv(part: str, size: int = 3) -> str:
        return f'layers.Conv2D({layer.filters}, {size}, padding="same", use_bias=False, name="{row.name}_{part}")(x)'

    yield f"skip = {conv('projection', 1)}" if layer.has_projection(row.input_shape) else "skip = x"
    yield f"x = {conv('conv_1')}"
    yield f'x = layers.BatchNormalization(name="{row.name}_batch_norm_1")(x)'
    yield f'x = layers.Activation("relu", name="{row.name}_activation_1")(x)'
    yield f"x = {conv('conv_2')}"
    yield f'x = layers.BatchNormalization(name="{row.name}_batch_norm_2")(x)'
    yield f'x = layers.Add(name="{row.name}_add")([x, skip])'
    yield f'x = layers.Activation("relu", name="{row.name}")(x)'


_LINES: Mapping[type[Layer], Callable[[Any, LayerRow], Iterator[str]]] = {
    Conv: _window("Conv2D"),
    SeparableConv: _window("SeparableConv2D"),
    MaxPool: lambda layer, row: _call("MaxPooling2D", row, layer.size),
    AveragePool: lambda layer, row: _call("AveragePooling2D", row, layer.size),
    GlobalAveragePool: lambda layer, row: _call("GlobalAveragePooling2D", row),
    BatchNorm: lambda layer, row: _call("BatchNormalization", row),
    Dropout: lambda layer, row: _call("Dropout", row, layer.rate),
    Flatten: lambda layer, row: _call("Flatten", row),
    Dense: lambda layer, row: _call("Dense", row, layer.units, activation=layer.activation.value),
    Activate: lambda layer, row: _call("Activation", row, layer.function.value),
    Residual: _residual,
}
