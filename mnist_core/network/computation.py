"""How the values of one channel of a step were computed: what they read, the weights, and the intermediate results.

Enough to write the sum of any position of the map: patch x kernel, added up over the input channels, plus the bias.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mnist_core.models.architecture import INPUT_SHAPE
from mnist_core.models.shapes import size_of
from mnist_core.network import operations
from mnist_core.network.feature_maps import LayerActivation
from mnist_core.network.forward import Weights
from mnist_core.network.operations import Array
from mnist_core.network.steps import INPUT, Operation, Step
from mnist_core.network.trace import bias_name, norm_parts

MAX_MAP_NUMBERS = 65_536
"""Values of input maps that are handed over: of a wide layer the channels that contribute least are summed up."""

MAX_TERMS = 10
"""Terms of a dense unit's sum that are handed over one by one; the others are summed up."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Computation:
    """One channel of a step for one digit.

    Attributes:
        step, channel: which; the channel of a flat step is a unit.
        sources: which channels (of a dense layer: units) of its input are in `inputs`, most important first.
        inputs: float32 (sources, height, width), or (sources,) of a flat input. An addition has one of each input.
        kernels: float32 (sources, size, size) of a convolution, (sources,) of a dense layer; else None.
        rest: float64 (height, width) or (): what the inputs that are not in `inputs` add to each value.
        n_rest: how many those are.
        bias: added to every value; None where there is none.
        before, values: float32 (height, width) or (): before and after the activation function.
        constants: of a batch normalisation: `gamma`, `beta`, `mean`, `variance`, `epsilon`.
    """

    step: Step
    channel: int
    sources: tuple[int, ...]
    inputs: Array
    before: Array
    values: Array
    kernels: Array | None = None
    rest: NDArray[np.float64] | None = None
    n_rest: int = 0
    bias: float | None = None
    constants: Mapping[str, float] = field(default_factory=dict)


def computation(
    weights: Weights, scaled: Array, found: Mapping[str, LayerActivation], name: str, channel: int
) -> Computation:
    """How a channel of a step was computed from a scaled digit, (28, 28, 1) or (1, 28, 28, 1).

    Args:
        weights: those that `found` was computed with.
        found: the activations of every step for this digit, by name.
        name, channel: of the step; position of a feature map or a unit. A unit of flatten stands for its whole map.
    """
    own = found[name]
    step, pixels = own.step, np.asarray(scaled, np.float32).reshape(INPUT_SHAPE)
    inputs = [pixels if source == INPUT else found[source].values for source in step.inputs]
    with np.errstate(all="ignore"):  # of a network that diverged, numbers may be infinite
        match step.operation:
            case Operation.CONVOLUTION | Operation.DEPTHWISE:
                return _convolution(own, channel, inputs[0], weights)
            case Operation.DENSE:
                return _dense(own, channel, inputs[0], weights)
            case Operation.BATCH_NORM:
                return _channelwise(own, channel, inputs, _norm_constants(step, channel, weights))
            case Operation.SOFTMAX:
                return _softmax(own, channel, inputs[0])
            case Operation.FLATTEN:
                return _flatten(own, channel, inputs[0])
            case _:
                return _channelwise(own, channel, inputs, {})


def _convolution(own: LayerActivation, channel: int, maps: Array, weights: Weights) -> Computation:
    step, window = own.step, own.step.window
    assert window is not None  # every convolution has one
    kernel, bias = np.asarray(weights[f"{step.weights}kernel"], np.float32), weights.get(bias_name(step))
    if step.operation is Operation.DEPTHWISE:
        maps, kernel, sources = maps[..., [channel]], kernel[..., channel, :], np.array([channel])
    else:
        kernel, sources = kernel[..., channel], np.arange(maps.shape[-1])
    terms = operations.convolve_depthwise(maps[np.newaxis], kernel[..., np.newaxis], window.stride, window.padding)[0]
    order = np.argsort(-np.nan_to_num(np.abs(terms)).mean(axis=(0, 1)), kind="stable")
    count = max(1, MAX_MAP_NUMBERS // size_of(maps.shape[:2]))
    shown, others = order[:count], order[count:]
    return Computation(
        step=step,
        channel=channel,
        sources=tuple(sources[shown].tolist()),
        inputs=maps[..., shown].transpose(2, 0, 1),
        kernels=kernel[..., shown].transpose(2, 0, 1),
        rest=terms[..., others].sum(axis=-1, dtype=np.float64) if len(others) else None,
        n_rest=len(others),
        bias=None if bias is None else float(bias[channel]),
        before=own.before[..., channel],
        values=own.values[..., channel],
    )


def _dense(own: LayerActivation, unit: int, vector: Array, weights: Weights) -> Computation:
    step = own.step
    kernel = np.asarray(weights[f"{step.weights}kernel"][:, unit], np.float32)
    terms = vector.astype(np.float64) * kernel
    shown = _largest(terms)
    n_rest = len(terms) - len(shown)
    return Computation(
        step=step,
        channel=unit,
        sources=tuple(shown.tolist()),
        inputs=vector[shown],
        kernels=kernel[shown],
        rest=np.delete(terms, shown).sum() if n_rest else None,
        n_rest=n_rest,
        bias=float(weights[bias_name(step)][unit]),
        before=own.before[unit],
        values=own.values[unit],
    )


def _largest(terms: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the terms furthest above and below 0, half of `MAX_TERMS` each at most, the largest first."""
    known, half = np.nan_to_num(terms), MAX_TERMS // 2
    above, below = np.argsort(-known, kind="stable")[:half], np.argsort(known, kind="stable")[:half]
    positions = np.unique(np.concatenate([above[known[above] > 0], below[known[below] < 0]]))
    return positions[np.argsort(-np.abs(known[positions]), kind="stable")]


def _norm_constants(step: Step, channel: int, weights: Weights) -> dict[str, float]:
    parts = zip(("gamma", "beta", "mean", "variance"), norm_parts(step, weights), strict=True)
    return {**{name: float(part[channel]) for name, part in parts}, "epsilon": float(operations.BATCH_NORM_EPSILON)}


def _channelwise(
    own: LayerActivation, channel: int, inputs: list[Array], constants: Mapping[str, float]
) -> Computation:
    """Pooling, batch normalisation, an activation function, dropout, or the sum of two inputs."""
    return Computation(
        step=own.step,
        channel=channel,
        sources=(channel,) * len(inputs),
        inputs=np.stack([values[..., channel] for values in inputs]),
        before=own.before[..., channel],
        values=own.values[..., channel],
        constants=constants,
    )


def _softmax(own: LayerActivation, unit: int, logits: Array) -> Computation:
    """A probability takes all logits."""
    return Computation(
        step=own.step,
        channel=unit,
        sources=tuple(range(len(logits))),
        inputs=logits,
        before=own.before[unit],
        values=own.values[unit],
    )


def _flatten(own: LayerActivation, unit: int, maps: Array) -> Computation:
    channel = unit % maps.shape[-1]
    values = maps[..., channel]
    return Computation(
        step=own.step, channel=unit, sources=(channel,), inputs=values[np.newaxis], before=values, values=values
    )
