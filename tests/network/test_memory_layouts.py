"""Every kernel gives the same numbers however its images are laid out in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from mnist_core.models.shapes import Padding
from mnist_core.network import operations


def axes_reordered(images, order):
    return np.ascontiguousarray(images.transpose(order)).transpose(np.argsort(order))


def part_of_a_larger_array(images):
    larger = np.full([size + 3 for size in images.shape], 77, images.dtype)
    part = larger[1:-2, 2:-1, 1:-2, 1:-2]
    part[...] = images
    return part


def every_second_of_a_larger_array(images):
    larger = np.full([2 * size for size in images.shape], 77, images.dtype)
    part = larger[::2, ::2, ::2, ::2]
    part[...] = images
    return part


def axes_of_length_one_added(images):
    """As `array[np.newaxis, ..., np.newaxis]` lays them out: with a stride of 0, which numpy still calls contiguous."""
    strides = [0 if size == 1 else stride for size, stride in zip(images.shape, images.strides, strict=True)]
    return np.lib.stride_tricks.as_strided(images, images.shape, strides)


def read_only(images):
    images.setflags(write=False)
    return images


LAYOUTS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "contiguous": lambda images: images,
    "axes of length one added": axes_of_length_one_added,
    "Fortran order": np.asfortranarray,
    "channels first": lambda images: axes_reordered(images, (0, 3, 1, 2)),
    "columns before rows": lambda images: axes_reordered(images, (0, 2, 1, 3)),
    "images last": lambda images: axes_reordered(images, (1, 2, 3, 0)),
    "part of a larger array": part_of_a_larger_array,
    "every second of a larger array": every_second_of_a_larger_array,
    "reversed": lambda images: images[::-1, ::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1, ::-1],
    "read-only": read_only,
    "one image, repeated": lambda images: np.broadcast_to(images[:1], images.shape),
    "one channel, repeated": lambda images: np.broadcast_to(images[..., :1], images.shape),
    "one number, repeated": lambda images: np.broadcast_to(images[:1, :1, :1, :1], images.shape),
}

SHAPES = [(3, 7, 8, 4), (1, 7, 8, 4), (3, 7, 8, 1), (1, 7, 8, 1), (1, 7, 3, 1), (1, 3, 3, 1), (0, 7, 8, 4)]

_rng = np.random.default_rng(0)
KERNEL = _rng.standard_normal((3, 3, 4, 5)).astype(np.float32)
DEPTHWISE = _rng.standard_normal((3, 3, 4, 1)).astype(np.float32)
GAMMA, BETA, MEAN, VARIANCE = _rng.uniform(0.5, 2, (4, 4)).astype(np.float32)


def batch_normalised(images):
    n = images.shape[-1]
    return operations.batch_normalise(images, GAMMA[:n], BETA[:n], MEAN[:n], VARIANCE[:n])


def by_window(size, stride, answer, zeros=0):
    """The oracle: what `answer` says of each window (height, width, channels), one after the other, in float64."""

    def found(images):
        images = np.pad(images.astype(np.float64), ((0, 0), (zeros, zeros), (zeros, zeros), (0, 0)))
        n, height, width, channels = images.shape
        rows, columns = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
        answers = [
            answer(image[row : row + size, column : column + size])
            for image in images for row in rows for column in columns
        ]  # fmt: skip
        return np.array(answers).reshape(n, len(rows), len(columns), -1) if n else np.zeros(0)

    return found


def weighted(window):
    return [(window * KERNEL[:, :, : window.shape[-1], f]).sum() for f in range(KERNEL.shape[-1])]


def weighted_by_channel(window):
    return [(window[..., c] * DEPTHWISE[:, :, c, 0]).sum() for c in range(window.shape[-1])]


def normalised(window):
    n = window.shape[-1]
    return GAMMA[:n] * (window[0, 0] - MEAN[:n]) / np.sqrt(VARIANCE[:n] + 0.001) + BETA[:n]


def kernel_of(images):
    return KERNEL[:, :, : images.shape[-1]]


def depthwise_of(images):
    return DEPTHWISE[:, :, : images.shape[-1]]


VALID, SAME = Padding.VALID, Padding.SAME
KERNELS: Mapping[str, tuple[Callable, Callable]] = {
    "convolution": (lambda x: operations.convolve(x, kernel_of(x), 1, VALID), by_window(3, 1, weighted)),
    "padded": (lambda x: operations.convolve(x, kernel_of(x), 1, SAME), by_window(3, 1, weighted, zeros=1)),
    "stride 2": (lambda x: operations.convolve(x, kernel_of(x), 2, VALID), by_window(3, 2, weighted)),
    "1 x 1": (
        lambda x: operations.convolve(x, kernel_of(x)[:1, :1], 1, VALID),
        by_window(1, 1, lambda window: window[0, 0] @ KERNEL[0, 0, : window.shape[-1]]),
    ),
    "depthwise": (
        lambda x: operations.convolve_depthwise(x, depthwise_of(x), 1, VALID),
        by_window(3, 1, weighted_by_channel),
    ),
    "depthwise, padded": (
        lambda x: operations.convolve_depthwise(x, depthwise_of(x), 1, SAME),
        by_window(3, 1, weighted_by_channel, zeros=1),
    ),
    "max pooling": (lambda x: operations.max_pool(x, 2), by_window(2, 2, lambda window: window.max(axis=(0, 1)))),
    "average pooling": (
        lambda x: operations.average_pool(x, 2),
        by_window(2, 2, lambda window: window.mean(axis=(0, 1))),
    ),
    "batch normalisation": (batch_normalised, by_window(1, 1, normalised)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_gives_the_same_whatever_the_memory_layout(name, layout, dtype):
    kernel, oracle = KERNELS[name]
    for shape in SHAPES:
        images = LAYOUTS[layout](np.random.default_rng(1).integers(0, 256, shape).astype(dtype))
        before = images.copy()
        found, expected = kernel(images), oracle(before)
        assert found.dtype == np.float32
        assert found.size == expected.size
        scale = max(1.0, np.abs(expected).max(initial=0.0))
        np.testing.assert_allclose(found, expected.reshape(found.shape), atol=1e-6 * scale, rtol=0, err_msg=str(shape))
        np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_large_convolution_goes_row_by_row_through_any_layout(layout, monkeypatch):
    monkeypatch.setattr(operations, "LARGEST_WINDOWS", 0)
    for shape in SHAPES:
        images = LAYOUTS[layout](np.random.default_rng(1).standard_normal(shape).astype(np.float32))
        found, expected = operations.convolve(images, kernel_of(images), 2, VALID), by_window(3, 2, weighted)(images)
        np.testing.assert_allclose(found, expected.reshape(found.shape), atol=1e-5, err_msg=str(shape))
