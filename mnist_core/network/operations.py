"""The arithmetic of layers in numpy, as TensorFlow does it: float32, channels last, its padding.

Images are (N, height, width, channels), of any number type and laid out in memory in any way: transposed, broadcast
and reversed views too. Every function returns a new array and leaves its inputs as they are, except `activate`, which
may write into the float32 array it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from mnist_core.models.layers import Activation
from mnist_core.models.shapes import Padding

Array = NDArray[np.float32]

LARGEST_WINDOWS = 2**24
"""Largest number of values in all patches of a convolution (64 MB); above it, the rows are computed one by one."""

BATCH_NORM_EPSILON = np.float32(1e-3)


def convolve(images: Array, kernel: Array, stride: int, padding: Padding) -> Array:
    """Cross-correlation with `kernel` (height, width, channels, filters): each patch is a row of a matrix product."""
    size, _, channels, filters = kernel.shape
    images = _padded(images, size, stride, padding)
    n, height, width, _ = images.shape
    rows, columns = (height - size) // stride + 1, (width - size) // stride + 1
    lines = images.reshape(n, height, width * channels)  # a window's row is one piece of a line: one long copy
    by_image, by_row, by_number = lines.strides  # of `lines`: the strides of a view's axes of length 1 mean nothing
    windows = as_strided(
        lines,
        (n, rows, columns, size, size * channels),
        (by_image, by_row * stride, by_number * channels * stride, by_row, by_number),
        writeable=False,
    )
    matrix = kernel.reshape(-1, filters)
    if windows.size <= LARGEST_WINDOWS:
        product: Array = windows.reshape(-1, matrix.shape[0]) @ matrix
        return product.reshape(n, rows, columns, filters)
    output = np.empty((n, rows, columns, filters), np.float32)
    for row in range(rows):
        output[:, row] = (windows[:, row].reshape(-1, matrix.shape[0]) @ matrix).reshape(n, columns, filters)
    return output


def convolve_depthwise(images: Array, kernel: Array, stride: int, padding: Padding) -> Array:
    """Each channel with its own kernel: `kernel` is (height, width, channels, 1)."""
    size = kernel.shape[0]
    images = _padded(images, size, stride, padding)
    output: Array | None = None
    for i in range(size):
        for j in range(size):
            part: Array = _shifted(images, i, j, size, stride) * kernel[i, j, :, 0]
            output = part if output is None else np.add(output, part, out=output)
    assert output is not None  # a kernel has at least one position
    return output


def max_pool(images: Array, size: int) -> Array:
    """Maximum of each `size` x `size` square; the remainder at the right and bottom is dropped."""
    output = np.array(_shifted(images, 0, 0, size, size), np.float32)
    for position in range(1, size * size):
        np.maximum(output, _shifted(images, *divmod(position, size), size, size), out=output)
    return output


def average_pool(images: Array, size: int) -> Array:
    """Mean of each `size` x `size` square; the remainder at the right and bottom is dropped."""
    output = np.array(_shifted(images, 0, 0, size, size), np.float32)
    for position in range(1, size * size):
        output += _shifted(images, *divmod(position, size), size, size)
    output *= np.float32(1 / size**2)
    return output


def batch_normalise(tensor: Array, gamma: Array, beta: Array, mean: Array, variance: Array) -> Array:
    """Batch normalisation as it is after training, with the moving mean and variance."""
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    output: Array = np.multiply(tensor, scale, dtype=np.float32)
    output += beta - mean * scale
    return output


def activate(tensor: Array, activation: Activation) -> Array:
    """The activation function of each number; may overwrite `tensor`."""
    return _ACTIVATIONS[activation](tensor)


def border(length: int, size: int, stride: int, padding: Padding) -> tuple[int, int]:
    """How many zeros TensorFlow puts before and after a side of this length, for windows of this size and stride."""
    if padding is Padding.VALID:
        return 0, 0
    total = max((-(-length // stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def softmax(logits: Array) -> Array:
    """Probabilities of each row of (N, classes)."""
    exponents: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponents /= exponents.sum(axis=1, keepdims=True)
    return exponents


def _padded(images: Array, size: int, stride: int, padding: Padding) -> Array:
    """The images in float32 with TensorFlow's zeros around them, contiguous. The odd one is below or right."""
    n, height, width, channels = images.shape
    above, below = border(height, size, stride, padding)
    left, right = border(width, size, stride, padding)
    if above + below + left + right == 0:
        return np.ascontiguousarray(images, np.float32)
    padded = np.zeros((n, above + height + below, left + width + right, channels), np.float32)
    padded[:, above : above + height, left : left + width] = images
    return padded


def _shifted(images: Array, row: int, column: int, size: int, stride: int) -> Array:
    """The pixel at (row, column) of every window of that size and stride, as a view."""
    height = (images.shape[1] - size) // stride * stride + 1
    width = (images.shape[2] - size) // stride * stride + 1
    return images[:, row : row + height : stride, column : column + width : stride]


def _leaky_relu(tensor: Array) -> Array:
    output: Array = np.maximum(tensor, np.float32(0.2) * tensor)  # 0.2 is the slope Keras takes
    return output


def _elu(tensor: Array) -> Array:
    return np.where(tensor > 0, tensor, np.expm1(np.minimum(tensor, 0)))


def _gelu(tensor: Array) -> Array:
    from scipy.special import erf  # only here: it takes longer to import than a digit to classify

    output: Array = np.float32(0.5) * tensor * (1 + erf(tensor * np.float32(0.5**0.5)))
    return output


def _sigmoid(tensor: Array) -> Array:
    output: Array = np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * tensor))  # exp would overflow
    return output


_ACTIVATIONS: Mapping[Activation, Callable[[Array], Array]] = {
    Activation.LINEAR: lambda tensor: tensor,
    Activation.RELU: lambda tensor: np.maximum(tensor, 0, out=tensor),
    Activation.LEAKY_RELU: _leaky_relu,
    Activation.ELU: _elu,
    Activation.GELU: _gelu,
    Activation.SILU: lambda tensor: tensor * _sigmoid(tensor),
    Activation.TANH: lambda tensor: np.tanh(tensor, out=tensor),
    Activation.SIGMOID: _sigmoid,
}
