"""A drawing is prepared as MNIST prepared its digits: these are the oracle, and scipy measures the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from mnist_core.data.drawing import drawing_problem, preparation, prepared
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.network.bundled import bundled_network
from tests.thorough import some_of


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


def test_every_step_of_the_preparation_follows_from_the_one_before(digits: np.ndarray) -> None:
    drawing = on_a_pad(np.kron(digits[0], np.ones((4, 4), np.uint8)), side=112, top=3, left=9)
    steps = preparation(drawing)
    assert steps is not None
    assert np.array_equal(steps.drawn, drawing)
    (box,) = ndimage.find_objects((drawing > 0).astype(int))
    assert np.array_equal(steps.cropped, drawing[box])
    assert max(steps.fitted.shape) == 20
    assert np.array_equal(steps.placed, prepared(drawing))
    assert preparation(np.zeros((112, 112), np.uint8)) is None


@pytest.mark.parametrize("method", some_of(("NEAREST", "BILINEAR", "BICUBIC", "LANCZOS"), always=("LANCZOS",)))
def test_digits_enlarged_and_moved_at_random_keep_their_label(full_mnist_folder: Path, method: str) -> None:
    """1,000 test digits that nobody drew for the purpose."""
    network, images = bundled_network(), load_dataset("mnist", full_mnist_folder).test.images
    random = np.random.default_rng(0)
    chosen = images[random.choice(len(images), 1000, replace=False)]
    seen = np.stack([prepared(enlarged(digit, method, random)) for digit in chosen])
    kept = network.predict(seen).argmax(axis=1) == network.predict(chosen).argmax(axis=1)
    assert kept.mean() >= 0.98


def enlarged(digit: np.ndarray, method: str, random: np.random.Generator) -> np.ndarray:
    """A digit somewhere on a pad of 280 x 280 pixels, all of it or down to a third."""
    side = int(random.integers(95, 281))
    pad = np.zeros((280, 280), np.uint8)
    top, left = random.integers(0, 281 - side, 2)
    pad[top : top + side, left : left + side] = Image.fromarray(digit).resize((side, side), Image.Resampling[method])
    return pad


@pytest.mark.parametrize("radius", [1, 4, 8])
def test_an_empty_pad_a_dot_and_a_full_pad_are_no_digits(radius: int, digits: np.ndarray) -> None:
    pad = np.zeros((112, 112), np.uint8)
    y, x = np.mgrid[:112, :112]
    dot = np.where(np.hypot(y - 60, x - 40) <= radius, 255, 0).astype(np.uint8)
    said = {drawing_problem(pad), drawing_problem(dot), drawing_problem(np.full_like(pad, 255))}
    assert len(said) == 3
    assert None not in said


def test_small_and_large_digits_are_no_dots(digits: np.ndarray) -> None:
    for digit in digits[:100]:
        assert drawing_problem(digit) is None
        assert drawing_problem(on_a_pad(digit, side=112, top=80, left=80)) is None
