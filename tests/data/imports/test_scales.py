"""Scales of pixel values: whatever range people store, the digits have full contrast, and what is said is so."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_alike, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import Digits, npz_bytes
from tests.thorough import one_in


def bits(x: np.ndarray) -> np.ndarray:
    return np.where(x > 127, 255, 0).astype(np.uint8)


EXACT = {
    "bytes": (lambda x: x, ""),
    "0 to 1": (lambda x: x / 255, "0 to 1"),
    "float16": (lambda x: (x / 255).astype(np.float16), "0 to 1"),
    "-1 to 1": (lambda x: x / 127.5 - 1, "-1 to 1"),
    "-0.5 to 0.5": (lambda x: x / 255 - 0.5, "-0.5 to 0.5"),
    "16 bits": (lambda x: x.astype(np.uint16) * 257, "0 to 65,535"),
    "12 bits": (lambda x: x.astype(np.int32) * 16, "0 to 4080"),
    "standardised": (lambda x: (x / 255 - 0.1307) / 0.3081, "-0.4242 to"),
    "other constants": (lambda x: (x / 255 - 0.286) / 0.353, "-0.8102 to"),
    "divided twice": (lambda x: x / 255 / 255, "0 to 0.003922"),
    "signed bytes": (lambda x: (x.astype(np.int16) - 128).astype(np.int8), "-128 to 127"),
    "wrapped signed bytes": (lambda x: x.astype(np.int8), "128 to 255"),
    "big-endian": (lambda x: x.astype(">f8"), ""),
}


@pytest.mark.parametrize("name", one_in(2, EXACT))
def test_every_usual_range_gives_the_same_bytes(name: str, imported: Import, digits: Digits) -> None:
    change, said = EXACT[name]
    dataset, result = imported({"a.npz": npz_bytes(x=change(digits.images), y=digits.labels)})
    assert_same_digits(dataset, digits)
    notes = [note for note in result.notes if "test split" not in note]
    assert len(notes) == bool(said)
    assert all(said in note for note in notes)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_images_of_two_values_have_full_contrast(dtype: type, imported: Import, digits: Digits) -> None:
    dataset, result = imported({"a.npz": npz_bytes(x=(digits.images > 127).astype(dtype), y=digits.labels)})
    assert_same_digits(dataset, Digits(images=bits(digits.images), labels=digits.labels))
    assert "Values from 0 to 1 were scaled to 0 to 255." in result.notes


@pytest.mark.parametrize("outlier", [1e6, -300.0])
def test_one_outlier_costs_only_itself_and_is_counted(outlier: float, imported: Import, digits: Digits) -> None:
    values = digits.images / 255
    values[3, 0, 0] = outlier
    dataset, result = imported({"a.npz": npz_bytes(x=values, y=digits.labels)})
    expected = digits.images.copy()
    expected[3, 0, 0] = 255 if outlier > 0 else 0
    assert_same_digits(dataset, Digits(images=expected, labels=digits.labels))
    assert any(note.startswith(f"1 of {values.size:,} pixel values lie outside 0 to 1") for note in result.notes)


NOISY = {
    "0 to 1": lambda x, noise: x / 255 + noise,
    "-1 to 1": lambda x, noise: x / 127.5 - 1 + noise,
    "bytes": lambda x, noise: x + 255 * noise,
    "standardised": lambda x, noise: (x / 255 - 0.1307) / 0.3081 + noise,
}


@pytest.mark.parametrize("name", one_in(2, NOISY))
@pytest.mark.parametrize("strength", [0.05, 0.2])
def test_noise_is_clipped_and_said(name: str, strength: float, imported: Import, digits: Digits) -> None:
    noise = np.random.default_rng(1).normal(0, strength, digits.images.shape)
    dataset, result = imported({"a.npz": npz_bytes(x=NOISY[name](digits.images, noise), y=digits.labels)})
    assert_alike(dataset, digits, least=0.85)
    assert any("clipped" in note for note in result.notes)
    assert np.median(dataset.train.images) <= 16
    assert np.median(dataset.train.images.max(axis=(1, 2))) > 200


def test_each_split_has_its_own_scale(imported: Import, digits: Digits, more_digits: Digits) -> None:
    arrays = {"x_train": digits.images / 255, "y_train": digits.labels, "x_test": more_digits.images,
              "y_test": more_digits.labels}  # fmt: skip
    dataset, result = imported({"a.npz": npz_bytes(**arrays)})
    assert np.array_equal(dataset.train.images, digits.images)
    assert np.array_equal(dataset.test.images, more_digits.images)
    assert [note.startswith("x_train") for note in result.notes] == [True]


def one_colour(images: np.ndarray) -> np.ndarray:
    """Most images are bytes that were divided by 100."""
    images = images.copy()
    images[: len(images) * 2 // 3] //= 100
    return images


REFUSED = {
    "black": (np.zeros_like, "every pixel has the value 0"),
    "one grey": (lambda x: np.full_like(x, 7), "every pixel has the value 7"),
    "nearly black": (one_colour, "200 of 300 images in x in a.npz are nearly black or nearly white"),
    "one not a number": (lambda x: np.where(np.arange(x.size).reshape(x.shape) == 99, np.nan, x), "not finite"),
    "infinite": (lambda x: np.where(np.arange(x.size).reshape(x.shape) == 99, np.inf, x / 255), "not finite"),
    "standardised pixel by pixel": (lambda x: (x - x.mean(0)) / (x.std(0) + 1e-8), "centred pixel by pixel"),
    "mean removed": (lambda x: x / 255 - (x / 255).mean(0), "centred pixel by pixel"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_shows_no_digits_is_refused_with_the_reason(name: str, imported: Import, digits: Digits) -> None:
    change, sentence = REFUSED[name]
    with pytest.raises(DatasetError, match=sentence):
        imported({"a.npz": npz_bytes(x=change(digits.images), y=digits.labels)})


def test_a_few_empty_images_are_counted(imported: Import, digits: Digits) -> None:
    images = digits.images.copy()
    images[:7] = 0
    _, result = imported({"a.npz": npz_bytes(x=images, y=digits.labels)})
    assert any(note.startswith("7 of 300 images show nothing") for note in result.notes)


BACKGROUNDS = {
    "dark on white": (lambda x: 255 - x, True),
    "dark on grey": (lambda x: (200 - x * 0.7).astype(np.uint8), True),
    "dark on white, from 0 to 1": (lambda x: 1 - x / 255, True),
    "light on light grey": (lambda x: (180 + x * 0.29).astype(np.uint8), False),
    "light on grey, from 0 to 1": (lambda x: 0.6 + x / 255 * 0.4, False),
    "negative": (lambda x: -x.astype(np.int32), True),
}


@pytest.mark.parametrize("name", one_in(2, BACKGROUNDS))
def test_ink_and_ground_are_told_apart_from_each_other(name: str, imported: Import, digits: Digits) -> None:
    change, is_inverted = BACKGROUNDS[name]
    dataset, result = imported({"a.npz": npz_bytes(x=change(digits.images), y=digits.labels)})
    assert_alike(dataset, digits, least=0.99)
    assert any("Inverted, because the digits were dark" in note for note in result.notes) == is_inverted
    assert np.median(dataset.train.images[:, 0]) == 0


def test_many_images_on_the_other_background_are_inverted(imported: Import, digits: Digits) -> None:
    images = digits.images.copy()
    images[::5] = 255 - images[::5]
    dataset, result = imported({"a.npz": npz_bytes(x=images, y=digits.labels)})
    assert any(note.startswith("60 of 300 images had a light background") for note in result.notes)
    assert_same_digits(dataset, digits)


def test_a_few_images_on_the_other_background_are_named(imported: Import, digits: Digits) -> None:
    images = digits.images.copy()
    images[:3] = 255 - images[:3]
    dataset, result = imported({"a.npz": npz_bytes(x=images, y=digits.labels)})
    assert any(note.startswith("3 of 300 images had a light background") for note in result.notes)
    assert_same_digits(dataset, Digits(images=images, labels=digits.labels))


def test_a_person_may_decide_otherwise(imported: Import, digits: Digits) -> None:
    dataset, result = imported({"a.npz": npz_bytes(x=255 - digits.images, y=digits.labels)}, inverted=False)
    assert_same_digits(dataset, Digits(images=255 - digits.images, labels=digits.labels))
    assert any("Not inverted, as chosen" in note for note in result.notes)
