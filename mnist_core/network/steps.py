"""A network as single operations: what one layer does in several steps is several steps here.

A residual block is two convolutions, two batch normalisations, a sum and so on; a separable convolution is a depthwise
and a pointwise one; the classifier head is a dense layer and the softmax. Steps have the names of Keras' layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from mnist_core.models.architecture import INPUT_SHAPE, OUTPUT, Architecture, LayerRow
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
    Layer,
    MaxPool,
    Residual,
    SeparableConv,
)
from mnist_core.models.shapes import Padding, Shape
from mnist_core.network.operations import border

INPUT = "input"
"""Name of the scaled pixels where a step names what it reads."""

LOGITS = "logits"
"""Name of the dense layer of the classifier head, without the softmax."""


class Operation(StrEnum):
    """What a step computes."""

    CONVOLUTION = "convolution"
    DEPTHWISE = "depthwise"
    MAX_POOL = "max_pool"
    AVERAGE_POOL = "average_pool"
    GLOBAL_AVERAGE_POOL = "global_average_pool"
    BATCH_NORM = "batch_norm"
    ACTIVATION = "activation"
    DROPOUT = "dropout"
    FLATTEN = "flatten"
    DENSE = "dense"
    ADDITION = "addition"
    SOFTMAX = "softmax"


CHANNELWISE = frozenset(
    {
        *(Operation.DEPTHWISE, Operation.MAX_POOL, Operation.AVERAGE_POOL, Operation.GLOBAL_AVERAGE_POOL),
        *(Operation.BATCH_NORM, Operation.ACTIVATION, Operation.DROPOUT, Operation.ADDITION),
    }
)
"""Operations whose channel n is computed from channel n of what they read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """The square that slides over an image: its side, its stride, and the zeros before the first row and column."""

    size: int
    stride: int
    padding: Padding
    zeros: int

    def reach(self, position: int, length: int) -> tuple[int, int]:
        """First and last row that the window at an output row covers, of an input of `length` rows."""
        first = position * self.stride - self.zeros
        return max(0, first), min(length - 1, first + self.size - 1)


POINTWISE = Window(size=1, stride=1, padding=Padding.VALID, zeros=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One operation.

    Attributes:
        name: unique; the step that ends a layer has the name of the layer.
        layer, kind: the layer of the architecture that it belongs to.
        inputs: names of the steps that it reads, or `INPUT`; two for an addition.
        input_shape: of the first of them.
        activation: the function applied to the result; linear where the step has none.
        window: of convolutions and pooling.
        weights: the start of the names of its weights, such as `conv_1/`.
    """

    name: str
    layer: str
    kind: str
    operation: Operation
    inputs: tuple[str, ...]
    input_shape: Shape
    output_shape: Shape
    activation: Activation = Activation.LINEAR
    window: Window | None = None
    weights: str = ""

    @property
    def is_image(self) -> bool:
        """True if it gives feature maps, False if it gives units."""
        return len(self.output_shape) == 3


@lru_cache(maxsize=128)
def steps_of(architecture: Architecture) -> tuple[Step, ...]:
    """The steps in the order in which they are computed; the last is the softmax, `output`.

    Raises:
        ArchitectureError: the stack cannot be built.
    """
    architecture.validate()
    steps: list[Step] = []
    before = INPUT
    for layer, row in zip(architecture.layers, architecture.rows, strict=False):
        steps += _STEPS[type(layer)](layer, row, before)
        before = row.name
    head = architecture.rows[-1]
    logits = _step(head, Operation.DENSE, before, name=LOGITS, weights=f"{OUTPUT}/")
    return *steps, logits, _step(head, Operation.SOFTMAX, LOGITS, input_shape=head.output_shape)


def step_named(architecture: Architecture, name: str) -> Step | None:
    """The step of that name, or None."""
    return next((step for step in steps_of(architecture) if step.name == name), None)


def _step(
    row: LayerRow,
    operation: Operation,
    *inputs: str,
    name: str | None = None,
    input_shape: Shape | None = None,
    output_shape: Shape | None = None,
    activation: Activation = Activation.LINEAR,
    window: Window | None = None,
    weights: str = "",
) -> Step:
    """A step of the layer in `row`; what is left out is that of the layer."""
    return Step(
        name=name or row.name,
        layer=row.name,
        kind=row.kind,
        operation=operation,
        inputs=inputs,
        input_shape=input_shape or row.input_shape,
        output_shape=output_shape or row.output_shape,
        activation=activation,
        window=window,
        weights=weights,
    )


def _window(shape: Shape, size: int, stride: int, padding: Padding) -> Window:
    return Window(size=size, stride=stride, padding=padding, zeros=border(shape[0], size, stride, padding)[0])


def _conv(layer: Conv, row: LayerRow, before: str) -> Iterator[Step]:
    window = _window(row.input_shape, layer.kernel_size, layer.stride, layer.padding)
    yield _step(row, Operation.CONVOLUTION, before, activation=layer.activation, window=window, weights=f"{row.name}/")


def _separable_conv(layer: SeparableConv, row: LayerRow, before: str) -> Iterator[Step]:
    window = _window(row.input_shape, layer.kernel_size, layer.stride, layer.padding)
    depthwise = f"{row.name}_depthwise"
    shape = (*row.output_shape[:2], row.input_shape[2])
    yield _step(
        row,
        Operation.DEPTHWISE,
        before,
        name=depthwise,
        output_shape=shape,
        window=window,
        weights=f"{row.name}/depthwise_",
    )
    yield _step(
        row,
        Operation.CONVOLUTION,
        depthwise,
        input_shape=shape,
        activation=layer.activation,
        window=POINTWISE,
        weights=f"{row.name}/pointwise_",
    )


def _pool(operation: Operation) -> Callable[[MaxPool | AveragePool, LayerRow, str], Iterator[Step]]:
    def steps(layer: MaxPool | AveragePool, row: LayerRow, before: str) -> Iterator[Step]:
        yield _step(row, operation, before, window=_window(row.input_shape, layer.size, layer.size, Padding.VALID))

    return steps


def _single(operation: Operation) -> Callable[[Layer, LayerRow, str], Iterator[Step]]:
    def steps(layer: Layer, row: LayerRow, before: str) -> Iterator[Step]:
        yield _step(row, operation, before, weights=f"{row.name}/")

    return steps


def _dense(layer: Dense, row: LayerRow, before: str) -> Iterator[Step]:
    yield _step(row, Operation.DENSE, before, activation=layer.activation, weights=f"{row.name}/")


def _activate(layer: Activate, row: LayerRow, before: str) -> Iterator[Step]:
    yield _step(row, Operation.ACTIVATION, before, activation=layer.function)


def _residual(layer: Residual, row: LayerRow, before: str) -> Iterator[Step]:
    inner = row.output_shape
    start, skip = before, before
    for number in (1, 2):
        conv, norm = f"{row.name}_conv_{number}", f"{row.name}_batch_norm_{number}"
        shape = row.input_shape if number == 1 else inner
        window = _window(shape, 3, 1, Padding.SAME)
        yield _step(row, Operation.CONVOLUTION, start, name=conv, input_shape=shape, window=window, weights=f"{conv}/")
        yield _step(row, Operation.BATCH_NORM, conv, name=norm, input_shape=inner, weights=f"{norm}/")
        start = norm
        if number == 1:
            start = f"{row.name}_activation_1"
            yield _step(row, Operation.ACTIVATION, norm, name=start, input_shape=inner, activation=Activation.RELU)
    if layer.has_projection(row.input_shape):
        skip = f"{row.name}_projection"
        yield _step(row, Operation.CONVOLUTION, before, name=skip, window=POINTWISE, weights=f"{skip}/")
    yield _step(row, Operation.ADDITION, start, skip, input_shape=inner, activation=Activation.RELU)


_STEPS: Mapping[type[Layer], Callable[..., Iterator[Step]]] = {
    Conv: _conv,
    SeparableConv: _separable_conv,
    MaxPool: _pool(Operation.MAX_POOL),
    AveragePool: _pool(Operation.AVERAGE_POOL),
    GlobalAveragePool: _single(Operation.GLOBAL_AVERAGE_POOL),
    BatchNorm: _single(Operation.BATCH_NORM),
    Dropout: _single(Operation.DROPOUT),
    Flatten: _single(Operation.FLATTEN),
    Dense: _dense,
    Activate: _activate,
    Residual: _residual,
}

assert INPUT_SHAPE[0] == INPUT_SHAPE[1], "windows and receptive fields are square"
