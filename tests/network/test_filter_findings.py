from __future__ import annotations

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Activate, Activation, BatchNorm, Conv, Flatten, MaxPool, Residual, SeparableConv
from mnist_core.network.filter_findings import N_NAMED, find_responses, response_step
from mnist_core.network.filters import filter_banks
from mnist_core.network.forward import activations
from tests.network.test_forward import random_weights

NETWORK = Architecture(layers=(Conv(filters=5), MaxPool(), Conv(filters=4), Flatten()))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).random((60, 28, 28, 1), dtype=np.float32)


@pytest.fixture
def weights():
    drawn = {name: value.copy() for name, value in random_weights(NETWORK).items()}
    drawn["conv_1/bias"][:] = 2
    drawn["conv_1/bias"][2] = -1000  # so that filter 2 alone is dead
    drawn["conv_1/kernel"][..., 4] = 3 * drawn["conv_1/kernel"][..., 1]  # 4 is 1, but for a factor
    drawn["conv_1/bias"][[1, 4]] = 0.1, 0.3
    return drawn


def bank_of(weights, number):
    return filter_banks(NETWORK, weights)[number]


def test_peaks_and_their_places_are_those_of_the_feature_maps(weights, images):
    found = find_responses(NETWORK, weights, images, bank_of(weights, 1))
    maps = activations(NETWORK, weights, images, layers=("conv_2",))["conv_2"]
    for image in (0, 17, 59):
        for channel in range(4):
            row, column = divmod(int(found.responses.places[image, channel]), maps.shape[2])
            assert maps[image, row, column, channel] == pytest.approx(maps[image, ..., channel].max(), abs=1e-5)
            assert found.responses.peaks[image, channel] == pytest.approx(maps[image, row, column, channel], abs=1e-5)


def test_a_filter_that_is_never_above_0_is_found(weights, images):
    found = find_responses(NETWORK, weights, images, bank_of(weights, 0))
    assert found.never_positive.tolist() == [2]
    assert found.is_rectified
    assert found.n_images == 60


def test_filters_that_are_alike_are_named_with_both_figures(weights, images):
    found = find_responses(NETWORK, weights, images, bank_of(weights, 0))
    (pair,) = found.alike
    assert found.n_alike == 1
    assert (pair.first, pair.second) == (1, 4)
    kernel = weights["conv_1/kernel"].reshape(9, 5).astype(np.float64)
    lengths = np.linalg.norm(kernel, axis=0)
    assert pair.cosine == pytest.approx(kernel[:, 1] @ kernel[:, 4] / lengths[1] / lengths[4])
    maps = activations(NETWORK, weights, images, layers=("conv_1",))["conv_1"][: found.n_compared]
    expected = np.corrcoef(maps[..., 1].ravel().astype(np.float64), maps[..., 4].ravel())[0, 1]
    assert pair.correlation == pytest.approx(expected, abs=1e-4)


def test_filters_can_respond_alike_without_being_alike(images):
    """Two filters that read two equal channels the other way round."""
    network = Architecture(layers=(Conv(filters=2), Conv(filters=2), Flatten()))
    weights = {name: value.copy() for name, value in random_weights(network).items()}
    weights["conv_1/kernel"][..., 1] = weights["conv_1/kernel"][..., 0]
    weights["conv_1/bias"][:] = 0.5
    kernel = weights["conv_2/kernel"]
    kernel[:, :, 0, 1], kernel[:, :, 1, 1] = kernel[:, :, 1, 0], kernel[:, :, 0, 0]
    weights["conv_2/bias"][:] = 1
    (pair,) = find_responses(network, weights, images, filter_banks(network, weights)[1]).alike
    assert pair.cosine < 0.9
    assert pair.correlation == pytest.approx(1, abs=1e-4)


def test_of_many_pairs_the_most_alike_are_named(images):
    network = Architecture(layers=(Conv(filters=60), Flatten()))
    weights = {name: np.ones_like(value) for name, value in random_weights(network).items()}
    found = find_responses(network, weights, images, filter_banks(network, weights)[0])
    assert found.n_alike == 60 * 59 // 2
    assert len(found.alike) == N_NAMED


def test_a_filter_that_never_changes_has_no_correlation(images):
    network = Architecture(layers=(Conv(filters=2), Flatten()))
    weights = {name: np.ones_like(value) for name, value in random_weights(network).items()}
    weights["conv_1/bias"][1] = -100
    (pair,) = find_responses(network, weights, images, filter_banks(network, weights)[0]).alike
    assert np.isnan(pair.correlation)
    assert pair.cosine == pytest.approx(1)


@pytest.mark.parametrize(
    ("layers", "convolution", "read_at"),
    [
        ((Conv(), Flatten()), "conv_1", "conv_1"),
        ((Conv(activation=Activation.LINEAR), BatchNorm(), Activate(), Flatten()), "conv_1", "activation_1"),
        ((Conv(activation=Activation.LINEAR), MaxPool(), Activate(), Flatten()), "conv_1", "conv_1"),
        ((Residual(filters=3), Flatten()), "residual_1_conv_1", "residual_1_activation_1"),
        ((Residual(filters=3), Flatten()), "residual_1_conv_2", "residual_1_conv_2"),
        ((SeparableConv(), Flatten()), "separable_conv_1_depthwise", "separable_conv_1_depthwise"),
        ((SeparableConv(), Flatten()), "separable_conv_1", "separable_conv_1"),
    ],
    ids=str,
)
def test_a_response_is_read_behind_the_activation_function_of_the_filter(layers, convolution, read_at):
    step = response_step(Architecture(layers=layers), convolution)
    assert step is not None
    assert step.name == read_at


def test_the_search_can_be_followed_and_ended(weights, images):
    class EndedError(Exception):
        pass

    def progress(done, count):
        assert 0 < done <= count == 60
        raise EndedError

    with pytest.raises(EndedError):
        find_responses(NETWORK, weights, images, bank_of(weights, 0), progress=progress)
