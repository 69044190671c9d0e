from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Activate, BatchNorm, Conv, Dense, Flatten, Residual
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import forward
from mnist_core.probing.evidence import PATCH, filter_pushes, margin, occlusion_map
from tests.export.random_runs import random_weights
from tests.finished_runs import SMALL, slow_forward, small_weights

UNIT = Scaler(kind=Scaling.UNIT)


@pytest.fixture(scope="module")
def image():
    return load_dataset("mnist-sample").test.images[11]


@pytest.fixture(scope="module")
def weights():
    return small_weights("mnist-sample", 0)


def log_ratio(weights, image, first, second):
    probabilities = slow_forward(weights, image / 255)
    return float(np.log(probabilities[first]) - np.log(probabilities[second]))


def test_the_margin_is_the_logarithm_of_a_ratio():
    probabilities = np.array([[0.8, 0.2] + [0] * 8, [0.5, 0.5] + [0] * 8], np.float32)
    np.testing.assert_allclose(margin(probabilities, 0, 1), [np.log(4), 0], atol=1e-6)


def test_each_pixel_has_the_mean_of_the_squares_that_covered_it(image, weights):
    found = occlusion_map(SMALL, weights, UNIT, image, first=7, second=1)
    whole = log_ratio(weights, image, 7, 1)
    row, column = 13, 14
    changes = []
    for top in range(-4, 28, 2):
        for left in range(-4, 28, 2):
            if top <= row < top + PATCH and left <= column < left + PATCH:
                covered = image.copy()
                covered[max(0, top) : top + PATCH, max(0, left) : left + PATCH] = 0
                changes.append(whole - log_ratio(weights, covered, 7, 1))
    assert len(changes) in (4, 6, 9)
    assert found[row, column] == pytest.approx(np.mean(changes), abs=1e-4)


def test_without_ink_there_is_no_evidence(weights):
    corner = np.zeros((28, 28), np.uint8)
    corner[20:24, 20:24] = 255
    found = occlusion_map(SMALL, weights, UNIT, corner, first=0, second=1)
    assert found.shape == (28, 28)
    assert np.abs(found[:14, :14]).max() == 0
    assert np.abs(found[20:24, 20:24]).min() > 0


def test_swapping_the_labels_swaps_every_sign(image, weights):
    found = occlusion_map(SMALL, weights, UNIT, image, first=3, second=8)
    np.testing.assert_allclose(found, -occlusion_map(SMALL, weights, UNIT, image, first=8, second=3), atol=1e-5)


def test_a_push_is_the_margin_lost_without_the_filter(image, weights):
    pushes = filter_pushes(SMALL, weights, UNIT, image, first=7, second=1)
    assert [abs(push.push) for push in pushes] == sorted((abs(push.push) for push in pushes), reverse=True)
    assert sorted(push.filter for push in pushes) == [0, 1, 2, 3]
    for push in pushes:
        without = {name: array.copy() for name, array in weights.items()}
        without["conv_1/kernel"][..., push.filter] = 0
        without["conv_1/bias"][push.filter] = 0
        expected = log_ratio(weights, image, 7, 1) - log_ratio(without, image, 7, 1)
        assert push.push == pytest.approx(expected, abs=1e-4)
        assert push.layer == "conv_1"
        assert push.activation.shape == (26, 26)


def test_the_filters_of_a_residual_block_are_those_of_its_last_convolution(image):
    network = Architecture(layers=(Residual(filters=3), Flatten()))
    rng = np.random.default_rng(0)
    weights = {
        name: np.abs(rng.normal(0, 0.2, shape)).astype(np.float32) for name, shape in weight_shapes(network).items()
    }
    pushes = filter_pushes(network, weights, UNIT, image, first=1, second=2)
    assert {push.layer for push in pushes} == {"residual_1_conv_2"}  # not the projection around it
    assert sorted(push.filter for push in pushes) == [0, 1, 2]


def test_a_filter_is_muted_behind_its_batch_normalisation(image):
    """Without its channel in the last layer: the normalisation makes another constant of an output of 0."""
    network = Architecture(layers=(Conv(filters=3, activation="linear"), BatchNorm(), Activate(), Flatten()))
    weights = random_weights(network)
    weights["batch_norm_1/beta"] = np.full(3, 0.7, np.float32)
    pushes = filter_pushes(network, weights, UNIT, image, first=1, second=2)
    x = UNIT.apply(image[np.newaxis])
    whole = margin(forward(network, weights, x), 1, 2)[0]
    for push in pushes:
        kernel = weights["output/kernel"].copy()
        kernel[push.filter :: 3] = 0  # channels are last in a flattened map
        without = margin(forward(network, {**weights, "output/kernel": kernel}, x), 1, 2)[0]
        assert push.push == pytest.approx(whole - without, abs=1e-4)
        assert push.activation.min() >= 0


def test_a_network_without_convolutions_has_no_filters(image):
    network = Architecture(layers=(Flatten(), Dense(units=4)))
    weights = {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(network).items()}
    assert filter_pushes(network, weights, UNIT, image, first=1, second=2) == ()


@pytest.mark.parametrize("labels", [(3, 3), (-1, 2), (1, 10)])
def test_two_labels_are_needed(image, weights, labels):
    with pytest.raises(ConfigError, match="two different"):
        occlusion_map(SMALL, weights, UNIT, image, first=labels[0], second=labels[1])
