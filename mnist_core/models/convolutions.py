"""Layers that slide filters over an image: convolution, separable convolution, residual block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mnist_core.fields import choice, integer
from mnist_core.models.layer import MAX_WINDOW, Activation, Layer, activation_field
from mnist_core.models.shapes import Padding, Shape, require_image, size_of, window_output


def _filters(default: int) -> Any:
    help = "Number of filters; each gives one feature map."
    return integer(default, low=1, high=1024, label="Filters", help=help)


def _kernel_size() -> Any:
    help = "Height and width of each filter, in pixels."
    return integer(3, low=1, high=MAX_WINDOW, label="Kernel size", help=help)


def _stride() -> Any:
    help = "Pixels the filter moves at each step. 2 halves height and width."
    return integer(1, low=1, high=8, label="Stride", help=help)


def _padding() -> Any:
    help = "Same pads the border with zeros, so that stride 1 keeps the size; valid does not, so the image shrinks."
    return choice(Padding.VALID, Padding, label="Padding", help=help)


@dataclass(frozen=True, kw_only=True, slots=True)
class Conv(Layer):
    """Convolution: each filter slides over the image and has a high activation where it finds its pattern."""

    kind: ClassVar[str] = "conv"
    title: ClassVar[str] = "Convolution"
    help: ClassVar[str] = "Each filter slides over the image; its activation is high where it finds its pattern."
    filters: int = _filters(32)
    kernel_size: int = _kernel_size()
    stride: int = _stride()
    padding: Padding = _padding()
    activation: Activation = activation_field()

    def output_shape(self, shape: Shape) -> Shape:
        return (*window_output(shape, self.kernel_size, self.stride, self.padding), self.filters)

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 * require_image(shape)[2] + 1) * self.filters

    def multiply_adds(self, shape: Shape) -> int:
        return size_of(self.output_shape(shape)) * self.kernel_size**2 * shape[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class SeparableConv(Layer):
    """Depthwise-separable convolution: one kernel per channel, then a 1 x 1 convolution over the channels."""

    kind: ClassVar[str] = "separable_conv"
    title: ClassVar[str] = "Separable convolution"
    help: ClassVar[str] = (
        "One kernel per channel, then a 1 x 1 convolution over the channels: a convolution with far fewer weights."
    )
    filters: int = _filters(32)
    kernel_size: int = _kernel_size()
    stride: int = _stride()
    padding: Padding = _padding()
    activation: Activation = activation_field()

    def output_shape(self, shape: Shape) -> Shape:
        return (*window_output(shape, self.kernel_size, self.stride, self.padding), self.filters)

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 + self.filters) * require_image(shape)[2] + self.filters

    def multiply_adds(self, shape: Shape) -> int:
        height, width, filters = self.output_shape(shape)
        return height * width * shape[2] * (self.kernel_size**2 + filters)

    def activation_values(self, shape: Shape) -> int:
        height, width, filters = self.output_shape(shape)
        return height * width * (shape[2] + filters)


@dataclass(frozen=True, kw_only=True, slots=True)
class Residual(Layer):
    """Residual block of He et al. 2016 (arXiv 1512.03385): conv, norm, ReLU, conv, norm, plus the input, ReLU.

    The 3 x 3 convolutions pad and have no bias (the norm's offset takes its place); where channels differ, the input
    goes through a 1 x 1 convolution without bias.
    """

    kind: ClassVar[str] = "residual"
    title: ClassVar[str] = "Residual block"
    help: ClassVar[str] = "Two 3 x 3 convolutions whose output is added to their input; lets deep networks learn."
    filters: int = _filters(32)

    def output_shape(self, shape: Shape) -> Shape:
        height, width, _ = require_image(shape)
        return height, width, self.filters

    def has_projection(self, shape: Shape) -> bool:
        """True if the skip connection needs a 1 x 1 convolution, because the channels differ."""
        return require_image(shape)[2] != self.filters

    def parameters(self, shape: Shape) -> int:
        return self._kernel_weights(shape) + 2 * 4 * self.filters

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = require_image(shape)
        return height * width * (self._kernel_weights(shape) + 2 * self.filters)

    def activation_values(self, shape: Shape) -> int:
        tensors = 7 + self.has_projection(shape)  # two convolutions, two norms, two ReLUs, the sum, the projection
        return tensors * size_of(self.output_shape(shape))

    def _kernel_weights(self, shape: Shape) -> int:
        channels = require_image(shape)[2]
        return 9 * (channels + self.filters) * self.filters + self.has_projection(shape) * channels * self.filters
