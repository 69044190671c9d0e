"""What every step of a network computes, before and after its activation function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mnist_core.models.architecture import INPUT_SHAPE, Architecture
from mnist_core.models.layers import Activation
from mnist_core.network import operations
from mnist_core.network.forward import Weights, checked_weights
from mnist_core.network.operations import Array
from mnist_core.network.single_thread import single_threaded
from mnist_core.network.steps import INPUT, Operation, Step, steps_of

NORM_PARTS = ("gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StepOutput:
    """What one step gives for some images.

    Attributes:
        before: float32 (N, height, width, channels) or (N, units): before the activation function.
        values: after it; the same array where the step has none.
    """

    step: Step
    before: Array
    values: Array


def run_steps(
    architecture: Architecture, weights: Weights, x: Array, *, until: str | None = None
) -> Iterator[StepOutput]:
    """The outputs of the steps in their order for scaled images (N, 28, 28, 1), up to and with the step `until`.

    Images of any number type and memory layout. An output that no later step reads is not kept here.

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    steps, checked = steps_of(architecture), checked_weights(architecture, weights)
    last_use = {name: place for place, step in enumerate(steps) for name in step.inputs}
    tensors: dict[str, Array] = {INPUT: np.asarray(x, np.float32)}
    for place, step in enumerate(steps):
        with single_threaded(), np.errstate(all="ignore"):  # of a network that diverged, numbers may be infinite
            before = _COMPUTE[step.operation](step, checked, [tensors[name] for name in step.inputs])
            values = before
            if step.activation is not Activation.LINEAR:
                values = operations.activate(before.copy(), step.activation)
        tensors[step.name] = values
        for name in [name for name in tensors if last_use.get(name, -1) <= place and name != step.name]:
            del tensors[name]
        yield StepOutput(step=step, before=before, values=values)
        if step.name == until:
            return


def traced(architecture: Architecture, weights: Weights, digit: Array) -> tuple[StepOutput, ...]:
    """Every step for one scaled digit, (28, 28, 1) or (1, 28, 28, 1), without the axis of the images.

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    return tuple(
        StepOutput(step=found.step, before=_read_only(found.before[0]), values=_read_only(found.values[0]))
        for found in run_steps(architecture, weights, digit.reshape(1, *INPUT_SHAPE))
    )


def bias_name(step: Step) -> str:
    """The name of a step's bias, where it has one: depthwise convolutions and residual blocks do without."""
    return "" if step.operation is Operation.DEPTHWISE else f"{step.weights.partition('/')[0]}/bias"


def norm_parts(step: Step, weights: Mapping[str, Array]) -> tuple[Array, Array, Array, Array]:
    """Scale, offset, moving mean and moving variance of a batch normalisation, (channels,) each."""
    gamma, beta, mean, variance = (weights[f"{step.weights}{part}"] for part in NORM_PARTS)
    return gamma, beta, mean, variance


def _read_only(values: Array) -> Array:
    values = values.view()  # the flag is set on a view: dropout returns what it was given
    values.setflags(write=False)
    return values


def _convolution(step: Step, weights: Mapping[str, Array], tensors: list[Array]) -> Array:
    assert step.window is not None  # every convolution has one
    kernel = weights[f"{step.weights}kernel"]
    convolve = operations.convolve_depthwise if step.operation is Operation.DEPTHWISE else operations.convolve
    output = convolve(tensors[0], kernel, step.window.stride, step.window.padding)
    bias = weights.get(bias_name(step))
    if bias is not None:
        output += bias
    return output


def _pool(step: Step, weights: Mapping[str, Array], tensors: list[Array]) -> Array:
    assert step.window is not None  # every pooling has one
    pool = operations.max_pool if step.operation is Operation.MAX_POOL else operations.average_pool
    return pool(tensors[0], step.window.size)


def _batch_norm(step: Step, weights: Mapping[str, Array], tensors: list[Array]) -> Array:
    return operations.batch_normalise(tensors[0], *norm_parts(step, weights))


def _dense(step: Step, weights: Mapping[str, Array], tensors: list[Array]) -> Array:
    output: Array = tensors[0] @ weights[f"{step.weights}kernel"]
    output += weights[bias_name(step)]
    return output


_COMPUTE: Mapping[Operation, Callable[[Step, Mapping[str, Array], list[Array]], Array]] = {
    Operation.CONVOLUTION: _convolution,
    Operation.DEPTHWISE: _convolution,
    Operation.MAX_POOL: _pool,
    Operation.AVERAGE_POOL: _pool,
    Operation.GLOBAL_AVERAGE_POOL: lambda step, weights, tensors: tensors[0].mean(axis=(1, 2)),
    Operation.BATCH_NORM: _batch_norm,
    Operation.ACTIVATION: lambda step, weights, tensors: tensors[0],
    Operation.DROPOUT: lambda step, weights, tensors: tensors[0],
    Operation.FLATTEN: lambda step, weights, tensors: tensors[0].reshape(len(tensors[0]), step.output_shape[0]),
    Operation.DENSE: _dense,
    Operation.ADDITION: lambda step, weights, tensors: tensors[0] + tensors[1],
    Operation.SOFTMAX: lambda step, weights, tensors: operations.softmax(tensors[0]),
}
