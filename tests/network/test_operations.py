from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import correlate2d
from scipy.special import erf, expit

from mnist_core.models.layers import Activation
from mnist_core.models.shapes import Padding
from mnist_core.network import operations

VALID, SAME = Padding.VALID, Padding.SAME


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def correlated(images, kernel, stride, before=0, after=0):
    """Cross-correlation by scipy, with zeros put around by hand."""
    padded = np.pad(images, ((0, 0), (before, after), (before, after), (0, 0)))
    planes = [
        [
            sum(correlate2d(image[..., c], kernel[..., c, f], "valid") for c in range(image.shape[-1]))
            for image in padded
        ]
        for f in range(kernel.shape[-1])
    ]
    return np.moveaxis(np.array(planes), 0, -1)[:, ::stride, ::stride]


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "padding", "zeros"),
    [  # zeros before and after: by TensorFlow's rule, the odd one comes last
        (7, 3, 1, VALID, (0, 0)),
        (7, 3, 2, VALID, (0, 0)),
        (8, 3, 2, VALID, (0, 0)),
        (7, 7, 1, VALID, (0, 0)),
        (7, 3, 1, SAME, (1, 1)),
        (7, 4, 1, SAME, (1, 2)),
        (8, 3, 2, SAME, (0, 1)),
        (7, 3, 2, SAME, (1, 1)),
        (5, 1, 3, SAME, (0, 0)),
        (2, 5, 1, SAME, (2, 2)),
    ],
)
def test_convolution_agrees_with_scipy(size, kernel_size, stride, padding, zeros):
    rng = np.random.default_rng(0)
    images = rng.standard_normal((2, size, size, 3)).astype(np.float32)
    kernel = rng.standard_normal((kernel_size, kernel_size, 3, 4)).astype(np.float32)
    expected = correlated(images, kernel, stride, *zeros)
    np.testing.assert_allclose(operations.convolve(images, kernel, stride, padding), expected, atol=2e-5)


def test_convolution_row_by_row_gives_the_same(rng, monkeypatch):
    images = rng.standard_normal((2, 6, 6, 3)).astype(np.float32)
    kernel = rng.standard_normal((3, 3, 3, 4)).astype(np.float32)
    monkeypatch.setattr(operations, "LARGEST_WINDOWS", 0)
    np.testing.assert_allclose(operations.convolve(images, kernel, 2, VALID), correlated(images, kernel, 2), atol=2e-5)


def test_depthwise_convolution_keeps_channels_apart(rng):
    images = rng.standard_normal((2, 8, 8, 3)).astype(np.float32)
    kernel = rng.standard_normal((3, 3, 3, 1)).astype(np.float32)
    expected = [correlated(images[..., c : c + 1], kernel[:, :, c : c + 1], 2, 0, 1)[..., 0] for c in range(3)]
    found = operations.convolve_depthwise(images, kernel, 2, SAME)
    np.testing.assert_allclose(found, np.stack(expected, axis=-1), atol=1e-5)


@pytest.mark.parametrize("size", [2, 3, 7])
def test_pooling_takes_whole_squares_and_drops_the_rest(rng, size):
    images = rng.standard_normal((2, 7, 7, 3)).astype(np.float32)
    whole = 7 // size
    squares = [
        [images[:, i * size : (i + 1) * size, j * size : (j + 1) * size] for j in range(whole)] for i in range(whole)
    ]
    largest = np.array([[square.max(axis=(1, 2)) for square in row] for row in squares]).transpose(2, 0, 1, 3)
    mean = np.array([[square.mean(axis=(1, 2)) for square in row] for row in squares]).transpose(2, 0, 1, 3)
    before = images.copy()
    np.testing.assert_array_equal(operations.max_pool(images, size), largest)
    np.testing.assert_allclose(operations.average_pool(images, size), mean, atol=1e-6)
    np.testing.assert_array_equal(images, before)


FORMULAS: dict[Activation, Callable] = {
    Activation.LINEAR: lambda x: x,
    Activation.RELU: lambda x: x * (x > 0),
    Activation.LEAKY_RELU: lambda x: np.where(x > 0, x, 0.2 * x),
    Activation.ELU: lambda x: np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1),
    Activation.GELU: lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    Activation.SILU: lambda x: x * expit(x),
    Activation.TANH: np.tanh,
    Activation.SIGMOID: expit,
}


@pytest.mark.parametrize("activation", Activation)
def test_activation_follows_its_formula_and_never_overflows(activation):
    x = np.array([-1000, -100, -5, -1, -1e-3, 0, 1e-3, 1, 5, 100, 1000], np.float32)
    with np.errstate(all="raise", under="ignore"):
        found = operations.activate(x.copy(), activation)
    assert found.dtype == np.float32
    expected = np.asarray(FORMULAS[activation](x.astype(np.float64)))
    np.testing.assert_allclose(found, expected, atol=1e-6, rtol=1e-6)


def test_softmax_of_huge_logits_is_finite():
    found = operations.softmax(np.array([[1000, 0, -1000], [0, 0, 0]], np.float32))
    np.testing.assert_allclose(found, np.array([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]), atol=1e-7)
