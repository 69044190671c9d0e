"""A drawing is prepared as MNIST prepared its digits: these are the oracle, and scipy measures the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from mnist_core.data.drawing import prepared
from mnist_core.data.sources.catalogue import load_dataset


@pytest.fixture(scope="module")
def digits(sample_data_folder: Path) -> np.ndarray:
    return load_dataset("mnist-sample", sample_data_folder).test.images


def on_a_pad(digit: np.ndarray, *, side: int, top: int, left: int) -> np.ndarray:
    """The ink of a digit at another place of an empty pad."""
    rows, columns = np.nonzero(digit)
    ink = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    pad = np.zeros((side, side), np.uint8)
    pad[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return pad


def test_every_digit_of_mnist_is_prepared_already(digits: np.ndarray) -> None:
    assert all(np.array_equal(prepared(digit), digit) for digit in digits)


@pytest.mark.parametrize(("side", "top", "left"), [(28, 0, 0), (28, 8, 8), (60, 37, 1)])
def test_it_does_not_matter_where_on_the_pad_a_digit_is(digits: np.ndarray, side: int, top: int, left: int) -> None:
    for digit in digits[:50]:
        assert np.array_equal(prepared(on_a_pad(digit, side=side, top=top, left=left)), digit)


@pytest.mark.parametrize("factor", [2, 3, 10])
def test_it_does_not_matter_how_large_a_digit_is_drawn(digits: np.ndarray, factor: int) -> None:
    for digit in digits[:50]:
        assert np.array_equal(prepared(np.kron(digit, np.ones((factor, factor), np.uint8))), digit)


def test_a_drawing_of_any_shape_is_as_large_and_as_central_as_mnist(digits: np.ndarray) -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        height, width = random.integers(2, 29, 2)
        drawing = np.zeros((28, 28), np.uint8)
        top, left = random.integers(0, 29 - height), random.integers(0, 29 - width)
        drawing[top : top + height, left : left + width] = random.integers(100, 256, (height, width))
        found = prepared(drawing)
        (box,) = ndimage.find_objects((found > 0).astype(int))
        sides = [side.stop - side.start for side in box]
        assert max(sides) == 20
        assert min(sides) == pytest.approx(20 * min(height, width) / max(height, width), abs=1)
        assert np.allclose(ndimage.center_of_mass(found), 14, atol=0.5 + 1e-9)


def test_a_dot_is_a_full_box_and_an_empty_pad_stays_empty() -> None:
    dot = np.zeros((28, 28), np.uint8)
    assert not prepared(dot).any()
    dot[3, 25] = 200
    assert np.count_nonzero(prepared(dot) == 200) == 20 * 20
