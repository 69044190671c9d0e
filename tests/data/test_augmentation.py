from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnist_core.data.augmentation import Augmentation, _transforms, augment
from mnist_core.data.dataset import Dataset
from mnist_core.errors import ConfigError
from mnist_core.fields import specs_of

EVERYTHING = Augmentation(rotation_degrees=20, shift_pixels=3, scale_fraction=0.2, shear_degrees=15)


def test_without_settings_nothing_is_changed(sample: Dataset):
    assert not Augmentation().is_on
    copies = augment(sample.test.images[:5], Augmentation(), seed=0, draws=3)
    assert copies.shape == (3, 5, 28, 28)
    assert all(np.array_equal(copy, sample.test.images[:5]) for copy in copies)


def test_the_seed_decides_and_draws_differ(sample: Dataset):
    images = sample.test.images[:10]
    first, again, other = (augment(images, EVERYTHING, seed=seed, draws=2) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
    assert first.dtype == np.uint8


def test_geometry_is_that_of_scipy(sample: Dataset):
    images = sample.test.images[:20]
    copies = augment(images, EVERYTHING, seed=5)[0]
    amounts = np.random.default_rng(5).uniform(-1, 1, (20, 5))
    for image, copy, matrix in zip(images, copies, _transforms(amounts, EVERYTHING), strict=True):
        # scipy counts row before column
        linear, offset = matrix[::-1, 1::-1], matrix[::-1, 2]
        expected = ndimage.affine_transform(image.astype(float), linear, offset, order=1, mode="grid-constant")
        assert np.abs(copy - expected).max() <= 0.51


@pytest.mark.slow
def test_the_augmentation_in_numpy_is_that_of_training(sample: Dataset):
    import tensorflow as tf

    from mnist_core.training.augmenting import _transforms as training_transforms

    amounts = np.random.default_rng(0).uniform(-1, 1, (50, 5))
    theirs = training_transforms(tf.constant(amounts), EVERYTHING).numpy()[:, :6].reshape(-1, 2, 3)
    np.testing.assert_allclose(_transforms(amounts, EVERYTHING), theirs, atol=1e-6)


def test_a_shift_moves_the_centre_of_mass_by_no_more_than_stated(sample: Dataset):
    images = sample.test.images[:50]
    copies = augment(images, Augmentation(shift_pixels=2), seed=0)[0]
    moved = [
        np.subtract(ndimage.center_of_mass(copy), ndimage.center_of_mass(image))
        for image, copy in zip(images, copies, strict=True)
    ]
    assert np.abs(moved).max() <= 2.05
    assert np.abs(moved).max() > 1


def test_a_rotation_keeps_the_centre_in_place():
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 13:15, 13:15] = 255
    copies = augment(dot, Augmentation(rotation_degrees=45), seed=0, draws=20)
    centres = np.array([ndimage.center_of_mass(copy[0]) for copy in copies])
    assert np.abs(centres - 13.5).max() < 0.1


def test_noise_has_the_stated_deviation():
    grey = np.full((50, 28, 28), 128, np.uint8)
    copies = augment(grey, Augmentation(noise=0.1), seed=0)
    assert copies.std() == pytest.approx(25.5, rel=0.02)


@pytest.mark.parametrize("name", specs_of(Augmentation))
def test_each_setting_alone_switches_on_and_changes_a_digit(name: str, sample: Dataset):
    settings = Augmentation(**{name: specs_of(Augmentation)[name].high or 0.0})
    assert settings.is_on
    images = sample.test.images[:3]
    assert not np.array_equal(augment(images, settings, seed=0)[0], images)


@pytest.mark.parametrize("name", specs_of(Augmentation))
def test_settings_out_of_range_are_refused(name: str):
    for value in (-1, 1000, float("nan")):
        with pytest.raises(ConfigError, match=name):
            Augmentation(**{name: value})
