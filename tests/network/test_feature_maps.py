from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Dropout, Flatten, MaxPool
from mnist_core.models.weights import weight_shapes
from mnist_core.network.feature_maps import feature_maps, responses
from mnist_core.network.forward import activations

NETWORK = Architecture(layers=(Conv(filters=4), MaxPool(), Flatten(), Dense(units=8)))


@pytest.fixture
def weights():
    rng = np.random.default_rng(0)
    drawn = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in weight_shapes(NETWORK).items()}
    drawn["conv_1/kernel"][..., 2] = 0
    drawn["conv_1/bias"][:] = (0, 0, -1, 0)  # so that filter 2 is silent whatever it sees
    return drawn


@pytest.fixture
def images():
    return np.random.default_rng(1).random((600, 28, 28, 1), dtype=np.float32)


def test_every_layer_comes_strongest_channel_first(weights, images):
    layers = feature_maps(NETWORK, weights, images[0])
    assert [(item.layer, item.step.operation, item.is_image) for item in layers] == [
        ("conv_1", "convolution", True),
        ("max_pool_1", "max_pool", True),
        ("flatten_1", "flatten", False),
        ("dense_1", "dense", False),
        ("logits", "dense", False),
        ("output", "softmax", False),
    ]
    plain = activations(NETWORK, weights, images[:1])
    logits = plain["dense_1"] @ weights["output/kernel"] + weights["output/bias"]
    for item in layers:
        plain.setdefault(item.layer, logits)
        values = plain[item.layer][0]
        by_hand = np.abs(values).reshape(-1, values.shape[-1]).mean(axis=0)
        np.testing.assert_allclose(item.values, values, atol=1e-6)
        np.testing.assert_allclose(item.strengths, by_hand, rtol=1e-5)
        assert (np.diff(item.strengths[item.order]) <= 0).all()
        assert sorted(item.order) == list(range(values.shape[-1]))
        assert item.limit == np.abs(values).max()


def test_silent_channels_are_counted_and_come_last(weights, images):
    convolution = feature_maps(NETWORK, weights, images[0])[0]
    assert convolution.n_silent == 1
    assert convolution.order[-1] == 2


def test_the_digit_itself_stays_writable():
    network = Architecture(layers=(Dropout(), Flatten()))
    weights = {name: np.ones(shape, np.float32) for name, shape in weight_shapes(network).items()}
    digit = np.zeros((1, 28, 28, 1), np.float32)
    maps = feature_maps(network, weights, digit)
    assert not maps[0].values.flags.writeable
    assert digit.flags.writeable


@pytest.mark.parametrize("layer", ["conv_1", "dense_1"])
def test_responses_are_the_peaks_over_all_images(weights, images, layer):
    found = responses(NETWORK, weights, images, layer)
    values = activations(NETWORK, weights, images, layers=(layer,))[layer]
    peaks = values.reshape(len(images), -1, values.shape[-1]).max(axis=1)
    np.testing.assert_allclose(found.peaks, peaks, atol=1e-5)
    np.testing.assert_array_equal(found.strongest_images(0, 5), np.argsort(-found.peaks[:, 0], kind="stable")[:5])


def test_a_channel_that_is_always_0_is_silent(weights, images):
    np.testing.assert_array_equal(
        responses(NETWORK, weights, images[:9], "conv_1").is_silent, [False, False, True, False]
    )


def test_an_unknown_layer_is_refused(weights, images):
    with pytest.raises(ConfigError, match="Expected one of conv_1, max_pool_1"):
        responses(NETWORK, weights, images, "conv_9")
