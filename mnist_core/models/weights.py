"""Names and shapes of a network's weights, computed without building it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from mnist_core.data.dataset import N_CLASSES
from mnist_core.models.architecture import OUTPUT, Architecture
from mnist_core.models.layers import BatchNorm, Conv, Dense, Layer, Residual, SeparableConv
from mnist_core.models.shapes import Shape

Named = Iterator[tuple[str, Shape]]


@lru_cache(maxsize=128)
def weight_shapes(architecture: Architecture) -> Mapping[str, Shape]:
    """Shape of every weight by its name, such as `conv_1/kernel`: kernels are (height, width, inputs, filters).

    Raises:
        ArchitectureError: the stack cannot be built.
    """
    architecture.validate()
    shapes: dict[str, Shape] = {}
    for layer, row in zip(architecture.layers, architecture.rows, strict=False):
        if type(layer) in _WEIGHTS:
            shapes |= _WEIGHTS[type(layer)](layer, row.name, row.input_shape)
    shapes |= _biased(OUTPUT, (architecture.rows[-1].input_shape[0], N_CLASSES))
    return MappingProxyType(shapes)


def _biased(name: str, kernel: Shape) -> Named:
    yield f"{name}/kernel", kernel
    yield f"{name}/bias", kernel[-1:]


def _conv(layer: Conv, name: str, shape: Shape) -> Named:
    return _biased(name, (layer.kernel_size, layer.kernel_size, shape[2], layer.filters))


def _separable_conv(layer: SeparableConv, name: str, shape: Shape) -> Named:
    yield f"{name}/depthwise_kernel", (layer.kernel_size, layer.kernel_size, shape[2], 1)
    yield f"{name}/pointwise_kernel", (1, 1, shape[2], layer.filters)
    yield f"{name}/bias", (layer.filters,)


def _batch_norm(layer: Layer, name: str, shape: Shape) -> Named:
    for part in ("gamma", "beta", "moving_mean", "moving_variance"):
        yield f"{name}/{part}", shape[-1:]


def _dense(layer: Dense, name: str, shape: Shape) -> Named:
    return _biased(name, (shape[0], layer.units))


def _residual(layer: Residual, name: str, shape: Shape) -> Named:
    for step, channels in ((1, shape[2]), (2, layer.filters)):
        yield f"{name}_conv_{step}/kernel", (3, 3, channels, layer.filters)
        yield from _batch_norm(layer, f"{name}_batch_norm_{step}", (layer.filters,))
    if layer.has_projection(shape):
        yield f"{name}_projection/kernel", (1, 1, shape[2], layer.filters)


_WEIGHTS: Mapping[type[Layer], Callable[..., Named]] = {
    Conv: _conv,
    SeparableConv: _separable_conv,
    BatchNorm: _batch_norm,
    Dense: _dense,
    Residual: _residual,
}
