"""A network with one filter or unit muted. What comes before it is computed once for all filters of a layer.

To mute a filter is to set its output to a constant. Its output is its channel behind the batch normalisation and the
activation that follow the convolution; otherwise a batch normalisation would turn the constant into another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activate,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAveragePool,
    Layer,
    MaxPool,
    Residual,
    SeparableConv,
)
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import Weights, checked_weights, layer_output, output, residual_half, residual_skip
from mnist_core.network.operations import Array

_CHANNEL_BY_CHANNEL = (BatchNorm, Activate, Dropout)
"""Layers that belong to the output of the filter before them."""

_KEEPS_CONSTANTS = (MaxPool, AveragePool, GlobalAveragePool, Dropout)
"""Layers that return the constant for a channel that is constant: muting before or behind them is the same."""


PROJECTION = "_projection"
"""End of the name of the convolution on the way around a residual block."""


class State(NamedTuple):
    """What flows between two steps: the activations, and inside a residual block the way around it."""

    tensor: Array
    skip: Array | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Muteable:
    """A layer whose filters or units can be muted.

    Attributes:
        name: such as `conv_1` or `dense_1`; inside a residual block `residual_1_conv_2`.
        kernel: name of its weights, whose last axis counts the filters.
        n: how many filters or units it has.
        is_convolution: False for a dense layer.
        is_skip: whether it is the 1x1 convolution on the way around a residual block.
    """

    name: str
    kernel: str
    n: int
    is_convolution: bool
    is_skip: bool


class _Step(NamedTuple):
    """A layer, or a third of a residual block; `opens`: the layers whose output it returns, and where in the state."""

    run: Callable[[State], State]
    layer: Layer | None = None
    opens: tuple[tuple[str, str], ...] = ()


def muteable_layers(architecture: Architecture) -> tuple[Muteable, ...]:
    """The layers with filters or units that can be muted, in the order of the network; the output is none of them.

    Raises:
        ArchitectureError: the stack cannot be built.
    """
    shapes = weight_shapes(architecture)
    names = [name for layer, name in _named(architecture) for name in _opened_by(layer, name, shapes)]
    found = []
    for name in names:
        kernel = next(k for k in (f"{name}/pointwise_kernel", f"{name}/kernel") if k in shapes)
        shape = shapes[kernel]
        found.append(
            Muteable(
                name=name,
                kernel=kernel,
                n=shape[-1],
                is_convolution=len(shape) == 4,
                is_skip=name.endswith(PROJECTION),
            )
        )
    return tuple(found)


class MutedNetwork:
    """A network of which one layer can have a filter muted.

    Raises:
        ConfigError: the network has no such layer.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """

    def __init__(self, architecture: Architecture, weights: Weights, layer: str) -> None:
        self._weights = checked_weights(architecture, weights)
        self._steps = tuple(_steps(architecture, self._weights))
        opened = {name: (i, place) for i, step in enumerate(self._steps) for name, place in step.opens}
        if layer not in opened:
            raise ConfigError.invalid("layer", expected="one of " + ", ".join(opened), received=layer)
        first, self._place = opened[layer]
        self._output = self._last(first, _CHANNEL_BY_CHANNEL)
        self._late = self._last(self._output, _KEEPS_CONSTANTS)

    def outputs(self, x: Array) -> Array:
        """The output of the layer's filters, (N, height, width, filters) or (N, units), of scaled images."""
        found: Array = getattr(self._run(State(x), 0, self._output + 1), self._place)
        return found

    def before(self, x: Array) -> State:
        """What does not depend on the muted filter, for scaled images float32 (N, 28, 28, 1)."""
        return self._run(State(x), 0, self._late + 1)

    def after(self, state: State, muted: int | None = None, value: float = 0.0) -> Array:
        """Class probabilities, float32 (N, 10), with the filter at position `muted` set to `value`; None mutes none."""
        if muted is not None:
            changed = getattr(state, self._place).copy()
            changed[..., muted] = value
            state = state._replace(**{self._place: changed})
        return output(self._weights, self._run(state, self._late + 1, len(self._steps)).tensor)

    def _run(self, state: State, start: int, end: int) -> State:
        for step in self._steps[start:end]:
            state = step.run(state)
        return state

    def _last(self, first: int, kinds: tuple[type[Layer], ...]) -> int:
        """The last of the steps from `first` on that are all of these kinds; `first` itself may be any."""
        last = first
        while last + 1 < len(self._steps) and isinstance(self._steps[last + 1].layer, kinds):
            last += 1
        return last


def _named(architecture: Architecture) -> Iterator[tuple[Layer, str]]:
    return zip(architecture.layers, architecture.names, strict=False)


def _opened_by(layer: Layer, name: str, shapes: object) -> tuple[str, ...]:
    if isinstance(layer, Residual):
        parts = (f"{name}{PROJECTION}", f"{name}_conv_1", f"{name}_conv_2")
        return tuple(part for part in parts if f"{part}/kernel" in shapes)  # type: ignore[operator]
    return (name,) if isinstance(layer, Conv | SeparableConv | Dense) else ()


def _steps(architecture: Architecture, weights: Weights) -> Iterator[_Step]:
    for layer, name in _named(architecture):
        if isinstance(layer, Residual):
            yield from _residual_steps(layer, name, weights)
        else:
            opens = tuple((opened, "tensor") for opened in _opened_by(layer, name, weights))
            yield _Step(_layer_step(layer, name, weights), layer, opens)


def _layer_step(layer: Layer, name: str, weights: Weights) -> Callable[[State], State]:
    return lambda state: State(layer_output(layer, name, weights, state.tensor))


def _residual_steps(layer: Residual, name: str, weights: Weights) -> Iterator[_Step]:
    def first(state: State) -> State:
        inner = residual_half(layer, name, weights, state.tensor, 1)
        return State(np.maximum(inner, 0), residual_skip(name, weights, state.tensor))

    def second(state: State) -> State:
        return State(residual_half(layer, name, weights, state.tensor, 2), state.skip)

    def joined(state: State) -> State:
        assert state.skip is not None  # `first` has made it
        return State(np.maximum(state.tensor + state.skip, 0))

    opened = _opened_by(layer, name, weights)
    skip = [(part, "skip") for part in opened if part.endswith(PROJECTION)]
    yield _Step(first, None, (*skip, (f"{name}_conv_1", "tensor")))
    yield _Step(second, None, ((f"{name}_conv_2", "tensor"),))
    yield _Step(joined)
