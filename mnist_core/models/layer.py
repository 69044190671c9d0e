"""The base of every layer: its settings, and output shape, parameters and multiply-adds for an input shape.

A shape is without the batch. Parameters count all weights, also the moving averages of batch normalisation, as Keras
does. Multiply-adds are those of layers with weights, for one image; biases, activations and pooling are not counted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from mnist_core.fields import check_fields, choice
from mnist_core.models.shapes import Shape, size_of

MAX_WINDOW = 28
"""Largest kernel or pool size, in pixels: a whole image."""


class Activation(StrEnum):
    """Function applied to each output of a layer."""

    LINEAR = "linear"
    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    GELU = "gelu"
    SILU = "silu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


def activation_field(default: Activation = Activation.RELU) -> Any:
    """The setting that all layers with weights share."""
    help = "Function applied to each output. ReLU keeps positive values and sets the others to 0."
    return choice(default, Activation, label="Activation", help=help)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer(ABC):
    """One layer. A setting outside its allowed range raises `ConfigError`, an unsuitable input `ArchitectureError`."""

    kind: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]

    def __post_init__(self) -> None:
        check_fields(self)

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """The output shape for an input of `shape`."""

    def parameters(self, shape: Shape) -> int:
        """Parameters of the layer for an input of `shape`."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:
        """Multiply-adds for one image."""
        return 0

    def activation_values(self, shape: Shape) -> int:
        """How many activations of the layer training has to store for one image."""
        return size_of(self.output_shape(shape))
