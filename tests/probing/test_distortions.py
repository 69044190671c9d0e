from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnist_core.data.measures.handwriting import ink, slant, stroke_width
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.probing import distortions


@pytest.fixture(scope="module")
def digits():
    return load_dataset("mnist-sample").test.images[:40]


@pytest.fixture
def random():
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    "same",
    [
        lambda images: distortions.rotated(images, 0),
        lambda images: distortions.shifted(images, 0, 0),
        lambda images: distortions.resized(images, 1),
        lambda images: distortions.sheared(images, 0),
        lambda images: distortions.thickened(images, 0),
        lambda images: distortions.faded(images, 0),
    ],
)
def test_an_amount_of_zero_changes_nothing(digits, same):
    np.testing.assert_array_equal(same(digits), digits)


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_quarter_turns_are_exact(digits, degrees):
    turned = distortions.rotated(digits, degrees)
    np.testing.assert_array_equal(turned, np.rot90(digits, k=degrees // 90, axes=(1, 2)))


def test_a_rotation_is_that_of_scipy(digits):
    # Away from the border, where scipy fades the last pixel.
    expected = ndimage.rotate(digits.astype(np.float32), 17, axes=(2, 1), reshape=False, order=1)
    difference = distortions.rotated(digits, 17).astype(np.float32) - expected
    assert np.abs(difference[:, 2:-2, 2:-2]).max() <= 0.51


def test_whole_shifts_move_pixels_and_bring_background_in(digits):
    moved = distortions.shifted(digits, 3, -2)
    np.testing.assert_array_equal(moved[:, :-2, 3:], digits[:, 2:, :-3])
    assert moved[:, :, :3].max() == 0
    assert moved[:, -2:].max() == 0


def test_half_a_pixel_is_half_of_each(digits):
    moved = distortions.shifted(digits, 0.5, 0)
    expected = (digits[:, :, 1:].astype(int) + digits[:, :, :-1]) / 2
    np.testing.assert_allclose(moved[:, :, 1:], expected, atol=0.51)


def test_smaller_and_larger_keep_the_middle():
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 6:22, 6:22] = 255
    half = distortions.resized(square, 0.5)[0] > 127
    assert half.sum() == 64
    assert half[10:18, 10:18].all()


def test_shear_leans_to_the_right_for_positive_angles(digits):
    assert (slant(distortions.sheared(digits, 20)) > slant(digits)).all()
    assert (slant(distortions.sheared(digits, -20)) < slant(digits)).all()


def test_a_line_grows_by_the_pixels_on_each_side():
    line = np.zeros((1, 28, 28), np.uint8)
    line[0, 4:24, 12:15] = 255
    for pixels in (0.5, 1, 2, 2.5):
        grown = distortions.thickened(line, pixels)[0, 14] / 255
        assert grown.sum() == pytest.approx(3 + 2 * pixels, abs=0.02)
    assert (distortions.thickened(line, -1)[0, 14] / 255).sum() == pytest.approx(1)


def test_thicker_and_thinner_change_the_measured_width(digits):
    before = stroke_width(digits)
    assert (stroke_width(distortions.thickened(digits, 0.5)) > before).all()
    assert (stroke_width(distortions.thickened(digits, -1)) < before).all()
    thinner = [ink(distortions.thickened(digits, -pixels)) for pixels in (0, 0.25, 0.5, 1)]
    assert (np.diff(thinner, axis=0) < 0).all()


def test_blur_is_a_gaussian_filter_of_each_image_alone(digits):
    one = ndimage.gaussian_filter(digits[3].astype(np.float64), 1.5, mode="constant")
    np.testing.assert_allclose(distortions.blurred(digits, 1.5)[3], one, atol=0.6)


def test_noise_has_the_requested_deviation(random):
    grey = np.full((50, 28, 28), 128, np.uint8)
    assert distortions.noisy(grey, 0.1, random).std() == pytest.approx(25.5, rel=0.02)


def test_lower_contrast_scales_every_pixel(digits):
    np.testing.assert_array_equal(distortions.faded(digits, 0.8), np.rint(digits * np.float32(0.2)).astype(np.uint8))


def test_a_square_covers_ink_and_nothing_else_changes(digits, random):
    covered = distortions.covered(digits, 7, random)
    for before, after in zip(digits, covered, strict=True):
        rows, columns = np.nonzero(before != after)
        assert len(rows) > 0
        assert np.ptp(rows) < 7
        assert np.ptp(columns) < 7
        assert after[rows, columns].max() == 0


@pytest.mark.parametrize("count", [0, 1])
def test_no_image_and_one_image_are_fine(digits, random, count):
    few = digits[:count]
    for changed in (
        distortions.rotated(few, 30),
        distortions.thickened(few, 1),
        distortions.blurred(few, 1),
        distortions.covered(few, 5, random),
    ):
        assert changed.shape == (count, 28, 28)
        assert changed.dtype == np.uint8


def test_an_empty_image_stays_empty(random):
    nothing = np.zeros((1, 28, 28), np.uint8)
    assert distortions.covered(nothing, 5, random).max() == 0
    assert distortions.thickened(nothing, 2).max() == 0
