"""The activations of each channel of each step of a network: for one digit, and over a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.network.forward import Weights, images_at_once
from mnist_core.network.operations import Array
from mnist_core.network.steps import Step, step_named, steps_of
from mnist_core.network.trace import StepOutput, run_steps, traced

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LayerActivation:
    """The activations of one step of a layer for one digit.

    Attributes:
        before: as `values`, before the activation function of the step; the same array if it has none.
        values: float32 (height, width, channels), or (features,) of a flat layer; read-only.
        strengths: float32 (channels,): mean absolute activation of each channel.
        order: int64 (channels,): the channels, the highest strength first; ties in their order in the layer.
    """

    step: Step
    before: Array
    values: Array
    strengths: Array
    order: NDArray[np.int64]

    @property
    def layer(self) -> str:
        """The name of the step, such as `conv_1`: that of its layer, if the layer is one step or this is its last."""
        return self.step.name

    @property
    def is_image(self) -> bool:
        """True if the channels are feature maps, False if they are units."""
        return self.values.ndim == 3

    @property
    def limit(self) -> float:
        """The largest absolute activation that is a number: one scale for all channels of the layer."""
        sizes = np.abs(self.values)
        return float(sizes.max(initial=0.0, where=np.isfinite(sizes)))

    @property
    def n_silent(self) -> int:
        """How many channels are 0 everywhere for this digit."""
        return int((self.strengths == 0).sum())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Responses:
    """The peak of each channel of a step for each image of a data set.

    Attributes:
        peaks: float32 (N, channels): the largest activation of the channel anywhere in the image; read-only.
        places: int32 (N, channels): where that is, as row x width + column of the map; 0 for units; read-only.
        is_silent: bool (channels,): True if the channel is 0 everywhere for every image.
    """

    layer: str
    peaks: Array
    places: NDArray[np.int32]
    is_silent: NDArray[np.bool_]

    def strongest_images(self, channel: int, count: int) -> NDArray[np.int64]:
        """Rows of the top activations of a channel, the highest first; ties in the order of the rows."""
        return np.argsort(-self.peaks[:, channel], kind="stable")[:count]


def feature_maps(architecture: Architecture, weights: Weights, x: Array) -> tuple[LayerActivation, ...]:
    """The activations of every step, the probabilities last, for a scaled digit, (1, 28, 28, 1) or (28, 28, 1).

    Raises:
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    return tuple(_layer_activation(found) for found in traced(architecture, weights, x))


def responses(
    architecture: Architecture, weights: Weights, x: Array, layer: str, *, progress: Progress | None = None
) -> Responses:
    """The peaks of one step's channels over scaled images, float32 (N, 28, 28, 1), without holding all activations.

    Args:
        layer: name of a step, such as a layer or a convolution in a residual block.
        progress: called with the number of finished images and of all images; may raise to end early.

    Raises:
        ConfigError: the network has no step of that name.
        ArchitectureError: the stack cannot be built.
        RunCorruptedError: a weight is missing or has another shape than the network needs.
    """
    if step_named(architecture, layer) is None:
        names = ", ".join(step.name for step in steps_of(architecture))
        raise ConfigError.invalid("layer", expected=f"one of {names}", received=layer)
    peaks, places, sizes = [], [], []
    size = images_at_once(architecture)
    for start in range(0, max(1, len(x)), size):
        tensor = step_values(architecture, weights, x[start : start + size], layer)
        flat = tensor.reshape(len(tensor), -1, tensor.shape[-1]) if tensor.ndim == 4 else tensor[:, np.newaxis]
        at = flat.argmax(axis=1)
        places.append(at.astype(np.int32))
        peaks.append(np.take_along_axis(flat, at[:, np.newaxis], axis=1)[:, 0])
        sizes.append(np.abs(flat).max(axis=(0, 1), initial=0.0))
        if progress is not None:
            progress(min(start + size, len(x)), len(x))
    return Responses(
        layer=layer,
        peaks=_read_only(np.concatenate(peaks)),
        places=_read_only(np.concatenate(places)),
        is_silent=np.max(sizes, axis=0) == 0,
    )


def step_values(architecture: Architecture, weights: Weights, x: Array, name: str) -> Array:
    """What one step gives for scaled images (N, 28, 28, 1); the steps after it are not computed."""
    *_, last = run_steps(architecture, weights, x, until=name)
    return last.values


def _layer_activation(found: StepOutput) -> LayerActivation:
    values = found.values
    strengths: Array = np.abs(values).mean(axis=tuple(range(values.ndim - 1)), dtype=np.float32)
    return LayerActivation(
        step=found.step,
        before=found.before,
        values=values,
        strengths=strengths,
        order=np.argsort(-strengths, kind="stable"),
    )


def _read_only(array: Any) -> Any:
    array.setflags(write=False)
    return array
