"""All kinds of layers by their names in configurations, and their conversion to and from JSON's types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from mnist_core.errors import ArchitectureError, ConfigError, shown
from mnist_core.fields import UNREADABLE, from_dict, integer, real, to_dict
from mnist_core.models.convolutions import Conv, Residual, SeparableConv
from mnist_core.models.layer import MAX_WINDOW, Activation, Layer, activation_field
from mnist_core.models.shapes import Padding, Shape, require_image, shown_shape, size_of, window_output

__all__ = [
    "LAYERS",
    "Activate",
    "Activation",
    "AveragePool",
    "BatchNorm",
    "Conv",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAveragePool",
    "Layer",
    "MaxPool",
    "Padding",
    "Residual",
    "SeparableConv",
    "layer_from_dict",
    "layer_to_dict",
]


def _pool_size() -> Any:
    help = "Height and width, in pixels, of the square that is reduced to one value."
    return integer(2, low=2, high=MAX_WINDOW, label="Pool size", help=help)


@dataclass(frozen=True, kw_only=True, slots=True)
class MaxPool(Layer):
    """Maximum of each square."""

    kind: ClassVar[str] = "max_pool"
    title: ClassVar[str] = "Max pooling"
    help: ClassVar[str] = "Keeps the highest activation of each square, so that the image gets smaller."
    size: int = _pool_size()

    def output_shape(self, shape: Shape) -> Shape:
        return (*window_output(shape, self.size, self.size, Padding.VALID), shape[2])


@dataclass(frozen=True, kw_only=True, slots=True)
class AveragePool(Layer):
    """Mean of each square."""

    kind: ClassVar[str] = "average_pool"
    title: ClassVar[str] = "Average pooling"
    help: ClassVar[str] = "Keeps the mean of each square, so that the image gets smaller."
    size: int = _pool_size()

    def output_shape(self, shape: Shape) -> Shape:
        return (*window_output(shape, self.size, self.size, Padding.VALID), shape[2])


@dataclass(frozen=True, kw_only=True, slots=True)
class GlobalAveragePool(Layer):
    """Mean of each feature map."""

    kind: ClassVar[str] = "global_average_pool"
    title: ClassVar[str] = "Global average pooling"
    help: ClassVar[str] = "Reduces each feature map to its mean: a flat vector with one value per channel."

    def output_shape(self, shape: Shape) -> Shape:
        return (require_image(shape)[2],)


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchNorm(Layer):
    """Batch normalisation of each channel."""

    kind: ClassVar[str] = "batch_norm"
    title: ClassVar[str] = "Batch normalisation"
    help: ClassVar[str] = (
        "Shifts and scales each channel to mean 0 and standard deviation 1, which stabilises training of deep networks."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def parameters(self, shape: Shape) -> int:
        return 4 * shape[-1]  # scale, offset, moving mean, moving variance

    def multiply_adds(self, shape: Shape) -> int:
        return size_of(shape)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropout(Layer):
    """Sets random inputs to 0 during training."""

    kind: ClassVar[str] = "dropout"
    title: ClassVar[str] = "Dropout"
    help: ClassVar[str] = (
        "Sets a random share of its inputs to 0 during training, so that the network does not rely on a single one."
    )
    rate: float = real(
        0.25, low=0.0, high=1.0, below_high=True, step=0.05, label="Rate", help="Share of the inputs that is set to 0."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return shape


@dataclass(frozen=True, kw_only=True, slots=True)
class Flatten(Layer):
    """Image to vector."""

    kind: ClassVar[str] = "flatten"
    title: ClassVar[str] = "Flatten"
    help: ClassVar[str] = "Turns the image into a flat vector, as a dense layer needs it."

    def output_shape(self, shape: Shape) -> Shape:
        return (size_of(shape),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dense(Layer):
    """Connects every input to every unit."""

    kind: ClassVar[str] = "dense"
    title: ClassVar[str] = "Dense"
    help: ClassVar[str] = "Connects every input to every unit."
    units: int = integer(64, low=1, high=8192, label="Units", help="Number of outputs.")
    activation: Activation = activation_field()

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ArchitectureError(
                "It needs a flat vector: add flatten or global average pooling before it. "
                f"Expected a single length. Received: {shown_shape(shape)}."
            )
        return (self.units,)

    def parameters(self, shape: Shape) -> int:
        return (shape[0] + 1) * self.units

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.units


@dataclass(frozen=True, kw_only=True, slots=True)
class Activate(Layer):
    """An activation function as a separate layer, for example after batch normalisation."""

    kind: ClassVar[str] = "activation"
    title: ClassVar[str] = "Activation"
    help: ClassVar[str] = "An activation function as a separate layer, for example after batch normalisation."
    function: Activation = activation_field()

    def output_shape(self, shape: Shape) -> Shape:
        return shape


LAYERS: Mapping[str, type[Layer]] = {
    "conv": Conv,
    "separable_conv": SeparableConv,
    "max_pool": MaxPool,
    "average_pool": AveragePool,
    "global_average_pool": GlobalAveragePool,
    "batch_norm": BatchNorm,
    "dropout": Dropout,
    "flatten": Flatten,
    "dense": Dense,
    "activation": Activate,
    "residual": Residual,
}


def layer_to_dict(layer: Layer) -> dict[str, Any]:
    """The layer in JSON's types: `kind`, then its settings."""
    return {"kind": layer.kind, **to_dict(layer)}


def layer_from_dict(data: Any, where: str = "layer") -> Layer:
    """The layer in the output of `layer_to_dict`; missing settings take their defaults.

    Raises:
        ConfigError: not an object, no known `kind`, an unknown key, or a value outside its allowed range; `where`
            names it.
    """
    if not isinstance(data, Mapping):
        raise ConfigError.invalid(where, expected="an object with a `kind`", received=data, words=UNREADABLE)
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in LAYERS:
        raise ConfigError(
            f"Unknown layer kind in `{where}`. Expected one of: {', '.join(LAYERS)}. Received: {shown(kind)}.",
            words=f"This version of MNIST Studio has no layer called {shown(kind)}.",
        )
    return from_dict(LAYERS[kind], {key: value for key, value in data.items() if key != "kind"}, where)
