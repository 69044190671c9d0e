from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.arrays import byte_images, byte_labels, fitted
from mnist_core.errors import DatasetError


@pytest.fixture
def digits(sample: Dataset) -> np.ndarray:
    return sample.test.images[:50]


@pytest.mark.parametrize(
    "shape", [(50, 28, 28), (50, 784), (50, 28, 28, 1), (50, 1, 28, 28)], ids=lambda shape: "x".join(map(str, shape))
)
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", ">f8"])
def test_every_usual_shape_and_type_gives_the_same_bytes(shape: tuple[int, ...], dtype: str, digits: np.ndarray):
    images, notes = byte_images(digits.reshape(shape).astype(dtype), "x")
    assert np.array_equal(images, digits)
    assert images.dtype == np.uint8
    assert notes == ()


def test_values_from_0_to_1_are_scaled_with_a_note(digits: np.ndarray):
    for values in (digits / 255, (digits / 255).astype(np.float32)):
        images, notes = byte_images(values, "x")
        assert np.array_equal(images, digits)
        assert ["0 to 1" in note and "0 to 255" in note for note in notes] == [True]


def test_images_of_two_values_are_scaled():
    masks = np.zeros((3, 28, 28), bool)
    masks[:, 10:18, 10:18] = True
    for values in (masks, masks.astype(np.int8)):
        images, notes = byte_images(values, "x")
        assert np.array_equal(images, masks * np.uint8(255))
        assert notes


def test_sixteen_levels_are_scaled():
    levels = np.zeros((1, 28, 28), np.uint8)
    levels[0, 14, 5:22] = np.arange(17)
    images, notes = byte_images(levels, "x")
    assert images[0, 14, 5:22].tolist() == [round(level * 255 / 16) for level in range(17)]
    assert "Values from 0 to 16" in notes[0]


def test_dark_digits_on_a_light_background_are_inverted_with_a_note(digits: np.ndarray):
    images, notes = byte_images(255 - digits, "x")
    assert np.array_equal(images, digits)
    assert ["Inverted" in note for note in notes] == [True]


def test_mixed_backgrounds_give_a_note(digits: np.ndarray):
    mixed = digits.copy()
    mixed[:10] = 255 - mixed[:10]
    images, notes = byte_images(mixed, "x")
    assert np.array_equal(images, mixed)
    assert ["10 of 50 images" in note for note in notes] == [True]


def test_other_sizes_are_resized_in_proportion_with_a_note():
    bar = np.zeros((2, 56, 56), np.uint8)
    bar[:, 20:36, 26:30] = 255  # upright, 16 x 4
    images, notes = byte_images(bar, "x")
    expected = np.zeros((28, 28), np.uint8)
    expected[10:18, 13:15] = 255
    assert np.array_equal(images[1], expected)
    assert notes == ("Resized from 56 x 56 to 28 x 28 pixels.",)


def test_an_oblong_picture_gets_a_margin_in_the_colour_of_its_border():
    array = np.full((28, 14), 200, np.uint8)
    array[5:20, 5:9] = 10
    image = fitted(Image.fromarray(array))
    assert image.shape == (28, 28)
    assert (image[:, :7] == 200).all()
    assert np.array_equal(image[:, 7:21], array)


def test_colours_are_weighted_as_the_eye_does():
    colours = np.zeros((1, 28, 28, 3), np.uint8)
    colours[0, 10:20, 10:20] = (255, 0, 0)
    images, notes = byte_images(colours, "x")
    assert images.max() == round(0.299 * 255)
    assert "grey" in notes[0]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.full((2, 28, 28), np.nan), "not finite numbers"),
        (np.array([[np.inf] * 784]), "not finite numbers"),
        (np.full((2, 28, 28), 256), "out of range. Expected 0 to 255. Received: 256 to 256"),
        (np.full((2, 28, 28), -1.0), "out of range"),
        (np.zeros((2, 785)), r"Invalid.*Received: \(2, 785\)"),
        (np.zeros((2, 3, 3)), "Invalid"),
        (np.zeros((2, 600, 600), np.uint8), "Invalid"),
        (np.zeros((2, 28, 28, 4)), "Invalid"),
        (np.zeros(784), "Invalid"),
        (np.array(3), "Invalid"),
        (np.zeros((0, 28, 28)), "no images"),
        (np.array([["a"] * 784]), "are not numbers"),
        (np.zeros((1, 784), np.complex64), "are not numbers"),
        (np.broadcast_to(np.uint8(0), (200_001, 28, 28)), "too many images"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "values",
)
def test_arrays_that_are_no_images_are_refused(values: np.ndarray, sentence: str):
    with pytest.raises(DatasetError, match=sentence) as caught:
        byte_images(values, "x.npz")
    assert "x.npz" in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 0, 9], np.int64),
        np.array([3.0, 0.0, 9.0]),
        np.array([[3], [0], [9]], ">u2"),
        np.eye(10)[[3, 0, 9]],
        np.eye(10, dtype=bool)[[3, 0, 9]],
    ],
    ids=["int", "float", "column", "one-hot", "one-hot-bool"],
)
def test_labels_of_every_usual_form(values: np.ndarray):
    labels = byte_labels(values, "x")
    assert labels.tolist() == [3, 0, 9]
    assert labels.dtype == np.uint8


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.array([1, 10]), r"Received: 10 \(row 2\)"),
        (np.array([-1]), "Received: -1"),
        (np.array([1.5]), "Received: 1.5"),
        (np.array([1.0, np.nan]), r"Received: nan \(row 2\)"),
        (np.array(["3"]), "Invalid"),
        (np.zeros((2, 3)), "Invalid"),
        (np.full((2, 10), 0.1), "Invalid"),
    ],
)
def test_labels_that_are_no_digits_are_refused(values: np.ndarray, sentence: str):
    with pytest.raises(DatasetError, match=sentence):
        byte_labels(values, "y")
