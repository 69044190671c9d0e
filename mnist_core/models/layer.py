"""What every layer has: settings with limits, and from an input's shape the output's, parameters and multiply-adds.

A shape leaves out the batch. Parameters count all weights, also the moving averages of batch normalisation, as Keras
does. Multiply-adds are those of layers with weights, for one image; biases, activations and pooling are left out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from mnist_core.fields import check_fields, choice
from mnist_core.models.shapes import Shape, size_of

MAX_WINDOW = 28
"""Largest window of a convolution or pooling, in pixels: a whole image."""


class Activation(StrEnum):
    """Function applied to each number that leaves a layer."""

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
    help = "Function applied to each output. ReLU keeps positive numbers and turns the others into 0."
    return choice(default, Activation, label="Activation", help=help)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer(ABC):
    """One layer. Out-of-range settings raise `ConfigError`; an input it cannot take raises `ArchitectureError`."""

    kind: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]

    def __post_init__(self) -> None:
        check_fields(self)

    @abstractmethod
    def output_shape(self, shape: Shape) -> Shape:
        """Shape that leaves the layer for an input of `shape`."""

    def parameters(self, shape: Shape) -> int:
        """Weights of the layer for an input of `shape`."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:
        """Multiplications (each with its addition) for one image."""
        return 0

    def activation_values(self, shape: Shape) -> int:
        """Numbers the layer computes and training has to remember, for one image."""
        return size_of(self.output_shape(shape))
