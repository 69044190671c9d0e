"""Formulas against shapes drawn by hand, and against scipy on real digits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage, stats

from mnist_core.data.dataset import Dataset
from mnist_core.data.measures.handwriting import (
    centroids,
    distance_to_class_mean,
    extents,
    ink,
    inked,
    loops,
    mean_images,
    slant,
    stroke_width,
    symmetry,
)


def stroke(angle: float, width: float, length: float = 20) -> np.ndarray:
    """A straight stroke through the middle with soft edges; `angle` in degrees from upright, to the right."""
    fine = 16
    y, x = (np.mgrid[: 28 * fine, : 28 * fine] + 0.5) / fine - 14
    radians = np.radians(angle)
    along = x * np.sin(radians) - y * np.cos(radians)
    across = x * np.cos(radians) + y * np.sin(radians)
    inside = (np.abs(across) <= width / 2) & (np.abs(along) <= length / 2)
    return np.rint(255 * inside.reshape(28, fine, 28, fine).mean(axis=(1, 3))).astype(np.uint8)[np.newaxis]


def box(top: int, bottom: int, left: int, right: int) -> np.ndarray:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, top:bottom, left:right] = 255
    return image


def test_ink_counts_full_pixels(sample: Dataset):
    assert ink(box(2, 6, 3, 8)).tolist() == [20]
    np.testing.assert_allclose(ink(sample.test.images), [image.sum(dtype=int) / 255 for image in sample.test.images])


@pytest.mark.parametrize("angle", [0, 15, 30, 45, 60, 90])
@pytest.mark.parametrize("width", [2.0, 3.0, 4.5])
def test_stroke_width_of_a_straight_stroke(angle: float, width: float):
    """The ends are outline too: a stroke of length 20 comes out thinner by the factor 20 / (20 + width)."""
    assert stroke_width(stroke(angle, width))[0] == pytest.approx(width * 20 / (20 + width), rel=0.12)


def test_stroke_width_orders_digits_as_distances_to_the_edge_do(sample: Dataset):
    """Morpho-MNIST measures thickness by distances to the edge, on images enlarged four times."""
    images = sample.test.images[:150]
    reference = []
    for image in images:
        large = ndimage.zoom(image.astype(float), 4, order=1) > 127
        distance = ndimage.distance_transform_edt(large)
        is_ridge = large & (distance >= ndimage.maximum_filter(distance, 3))
        reference.append(2 * distance[is_ridge].mean() / 4)
    assert stats.spearmanr(stroke_width(images), reference).statistic > 0.9
    assert np.median(stroke_width(images) / reference) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("angle", [-40, -20, 0, 10, 30])
def test_slant_of_a_thin_stroke_is_its_angle(angle: float):
    """A sheared bar, not a turned one: the slant is a shear."""
    image = np.zeros((1, 28, 28), np.uint8)
    for y in range(4, 24):
        x = 13.5 - (y - 13.5) * np.tan(np.radians(angle))
        left = int(np.floor(x))
        image[0, y, left : left + 2] = np.rint(255 * np.array([left + 1 - x, x - left]))
    assert slant(image)[0] == pytest.approx(angle, abs=0.5)


def test_ink_at_the_upper_right_and_the_lower_left_counts_as_leaning_although_no_stroke_leans():
    bars = box(4, 7, 12, 24) + box(21, 24, 4, 16)
    assert slant(bars)[0] > 15
    assert slant(bars[:, :, ::-1])[0] < -15


def test_wide_twos_and_sevens_are_among_the_most_slanted(sample: Dataset):
    """Their horizontal strokes count, which the help of the measure says."""
    digits = sample.train.take(np.isin(sample.train.labels, (2, 7)))
    _, width = extents(digits.images)
    order = np.argsort(-np.abs(slant(digits.images)))
    assert np.median(width[order[:40]]) > np.median(width) + 1


def test_slant_of_real_ones_is_the_slope_of_the_line_through_them(sample: Dataset):
    ones = sample.test.images[sample.test.labels == 1]
    y, x = np.mgrid[:28, :28]
    slopes = [np.polyfit(y.ravel(), x.ravel(), 1, w=np.sqrt(image.ravel().astype(float)))[0] for image in ones]
    np.testing.assert_allclose(slant(ones), np.degrees(np.arctan(-np.array(slopes))), atol=1e-6)


def test_extents_by_hand():
    images = np.concatenate([box(2, 6, 3, 13), box(0, 28, 27, 28), box(5, 6, 5, 6), np.zeros((1, 28, 28), np.uint8)])
    height, width = extents(images)
    assert height.tolist() == [4, 28, 1, 0]
    assert width.tolist() == [10, 1, 1, 0]


def test_extents_of_digits_are_those_scipy_finds(sample: Dataset):
    heights, widths = extents(sample.test.images)
    masks = inked(sample.test.images)
    for mask, height, width in zip(masks, heights, widths, strict=True):
        rows, columns = ndimage.find_objects(mask.astype(int))[0]
        assert (rows.stop - rows.start, columns.stop - columns.start) == (height, width)


def test_faint_images_are_measured_like_strong_ones(sample: Dataset):
    digits = sample.test.images[:200]
    faint = digits // 4
    for strong_values, faint_values in zip(extents(digits), extents(faint), strict=True):
        assert np.mean(strong_values == faint_values) > 0.9


LOOPS = {
    "ring": (["000", "0 0", "000"], 1),
    "eight": (["000", "0 0", "000", "0 0", "000"], 2),
    "open": (["000", "0  ", "000"], 0),
    "diamond joined at corners": ([" 0 ", "0 0", " 0 "], 1),
    "hole that leaks nowhere": (["000 ", "0 0 ", "0000", " 0 0", " 000"], 2),
    "two parts": (["00 00", "00 00"], 0),
    "ring within a ring": (["00000 ", "0   0 ", "0 0 0 ", "0   0 ", "00000 "], 1),
    "two rings apart": (["000 000", "0 0 0 0", "000 000"], 2),
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("corner", [(0, 0), (10, 9)])
def test_loops_by_hand(name: str, corner: tuple[int, int]):
    lines, expected = LOOPS[name]
    image = np.zeros((1, 28, 28), np.uint8)
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            image[0, corner[0] + y, corner[1] + x] = 255 * (character == "0")
    assert loops(image).tolist() == [expected]


def test_a_gap_of_one_pixel_opens_a_loop_and_a_filled_loop_is_not_counted():
    ring = box(5, 20, 6, 18)
    ring[0, 8:17, 9:15] = 0
    assert loops(ring).tolist() == [1]
    opened, filled, nearly = ring.copy(), ring.copy(), ring.copy()
    opened[0, 12, :9] = 0
    filled[0, 8:17, 9:15] = 128
    nearly[0, 8:17, 9:15] = 127
    assert loops(np.concatenate([opened, filled, nearly])).tolist() == [0, 0, 1]


def test_loops_of_digits_are_the_enclosed_areas_that_scipy_counts(sample: Dataset):
    images = np.concatenate([sample.test.images, np.zeros((2, 28, 28), np.uint8)])
    ground = ~np.pad(inked(images), ((0, 0), (1, 1), (1, 1)))
    expected = [ndimage.label(image)[1] - 1 for image in ground]  # four neighbours; the outside is one part
    assert loops(images).tolist() == expected


def test_usual_digits_have_their_usual_loops(sample: Dataset):
    found = loops(sample.test.images)
    usual = [np.bincount(found[sample.test.labels == label]).argmax() for label in (0, 1, 3, 5, 6, 7, 8, 9)]
    assert usual == [1, 0, 0, 0, 1, 0, 2, 1]


def test_centroids_are_those_of_scipy(sample: Dataset):
    x, y = centroids(sample.test.images)
    expected = np.array([ndimage.center_of_mass(image) for image in sample.test.images])
    np.testing.assert_allclose(np.column_stack([y, x]), expected)


@pytest.mark.parametrize(("axis", "flip"), [(2, np.fliplr), (1, np.flipud)])
def test_symmetry_by_hand(axis: int, flip):
    even = box(3, 9, 5, 15)[0]
    assert symmetry(even[np.newaxis], axis=axis).tolist() == [1]
    corner = np.zeros((28, 28), np.uint8)
    corner[4:24, 4] = corner[23, 4:24] = 255  # an L
    value = symmetry(corner[np.newaxis], axis=axis)[0]
    assert 0 < value < 0.5
    assert symmetry(flip(corner)[np.newaxis], axis=axis)[0] == pytest.approx(value)


@pytest.mark.parametrize("axis", [1, 2])
def test_symmetry_counts_the_ink_that_stays(axis: int, sample: Dataset):
    for image in sample.test.images[:100]:
        upright = image if axis == 2 else image.T
        centre = ndimage.center_of_mass(upright)[1]
        mirrored = np.zeros((28, 28))
        for x in range(28):
            partner = round(2 * centre) - x
            if 0 <= partner < 28:
                mirrored[:, x] = upright[:, partner]
        expected = np.minimum(upright, mirrored).sum() / upright.sum(dtype=float)
        assert symmetry(image[np.newaxis], axis=axis)[0] == pytest.approx(expected)


def test_distance_to_class_mean_is_euclidean_in_full_pixels(sample: Dataset):
    split = sample.test
    means = mean_images(sample.train.images, sample.train.labels)
    expected = [
        np.linalg.norm(image / 255 - sample.train.images[sample.train.labels == label].mean(axis=0) / 255)
        for image, label in zip(split.images, split.labels, strict=True)
    ]
    np.testing.assert_allclose(distance_to_class_mean(split.images, split.labels, means), expected, rtol=1e-5)
