from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.probing import distortions
from mnist_core.probing.flips import OPERATIONS, Flip, FlipCurve, flip_curves, operated
from tests.finished_runs import slow_forward, small_weights


@pytest.fixture(scope="module")
def image():
    return load_dataset("mnist-sample").test.images[11]


def curve(labels, values):
    probabilities = np.full((len(labels), 10), 0.01, np.float32)
    probabilities[np.arange(len(labels)), labels] = 0.9
    return FlipCurve(values=np.array(values, float), probabilities=probabilities, neutral=0.0)


def test_the_nearest_flip_on_each_side_is_found():
    found = curve([3, 8, 7, 7, 7, 1, 7, 1], [-4, -3, -2, -1, 0, 1, 2, 3])
    assert found.answer == 7
    assert found.below == Flip(-3, 8)
    assert found.above == Flip(1, 1)


def test_a_label_that_does_not_change_has_no_flip():
    found = curve([7, 7, 7], [-1, 0, 1])
    assert found.below is None
    assert found.above is None


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_the_amount_of_no_change_is_tried_and_changes_nothing(image, name):
    operation = OPERATIONS[name]
    assert operation.neutral in operation.values
    assert list(operation.values) == sorted(operation.values)
    np.testing.assert_array_equal(operation.apply(image[None], operation.neutral)[0], image)


def test_each_curve_has_the_probabilities_of_each_change(image):
    weights = small_weights("mnist-sample", 0)
    curves = flip_curves(
        image, lambda images: np.array([slow_forward(weights, one / 255) for one in images], np.float32)
    )
    assert list(curves) == list(OPERATIONS)
    for name, amount in (("rotate", -18.0), ("thickness", 1.0), ("down", 4.0)):
        place = int(np.flatnonzero(curves[name].values == amount)[0])
        changed = OPERATIONS[name].apply(image[None], amount)[0]
        np.testing.assert_allclose(curves[name].probabilities[place], slow_forward(weights, changed / 255), atol=1e-6)


def test_the_angle_of_a_flip_is_found_to_a_degree(image):
    degrees = {distortions.rotated(image[None], float(angle)).tobytes(): angle for angle in range(-60, 61)}

    def score(images):
        angles = [degrees.get(one.tobytes(), 0) for one in images]
        return np.eye(10, dtype=np.float32)[[8 if angle <= -15 or angle >= 22 else 3 for angle in angles]]

    found = flip_curves(image, score)["rotate"]
    assert (found.answer, found.below, found.above) == (3, Flip(-15, 8), Flip(22, 8))
    assert list(found.values) == sorted(set(found.values))


def test_several_edits_are_applied_in_the_order_of_the_table(image):
    both = operated(image, {"thickness": 1.0, "rotate": 20.0, "scale": 1.0})
    np.testing.assert_array_equal(both, distortions.thickened(distortions.rotated(image[None], 20.0), 1.0)[0])
    np.testing.assert_array_equal(operated(image, {}), image)
