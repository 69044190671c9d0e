"""Steps to the layer before and after lead to values that have something to do with each other."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.views.inside.choices import Channel
from dashboard.views.inside.walking import pixel_of_unit, spot_after, spot_before, unit_at
from dashboard.widgets.computation import Move
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, GlobalAveragePool, MaxPool
from mnist_core.network.computation import computation
from mnist_core.network.feature_maps import feature_maps
from mnist_core.network.steps import LOGITS
from tests.network.test_forward import random_weights

LAYERS = Architecture(layers=(Conv(filters=4), MaxPool(), Conv(filters=3, stride=2), Flatten(), Dense(units=6)))


@pytest.fixture(scope="module")
def weights():
    return random_weights(LAYERS)


@pytest.fixture(scope="module")
def scaled():
    return np.random.default_rng(2).random((28, 28, 1), dtype=np.float32)


@pytest.fixture(scope="module")
def found(weights, scaled):
    return {item.layer: item for item in feature_maps(LAYERS, weights, scaled)}


@pytest.fixture
def shown(weights, scaled, found):
    return lambda name, channel: computation(weights, scaled, found, name, channel)


def test_back_from_a_convolution_goes_to_the_open_channel_at_the_place_it_came_from(found, shown):
    here = shown("conv_2", 1)
    spot = spot_before(found, here, Move(way="back", at=(2, 3), origin=(5, 7), source=2))
    assert spot.channel == Channel("max_pool_1", here.sources[2])
    assert spot.pixel == (5, 7)


def test_back_from_the_first_layer_is_nowhere(found, shown):
    assert spot_before(found, shown("conv_1", 0), Move(way="back", at=(0, 0), origin=(1, 1), source=0)) is None


def test_after_the_last_layer_is_nothing(found, shown):
    assert spot_after(found, shown("output", 3), Move(way="forward", at=(0, 0), origin=(0, 0), source=0)) is None


def test_forward_through_pooling_keeps_the_channel_and_the_place(found, shown):
    spot = spot_after(found, shown("conv_1", 3), Move(way="forward", at=(10, 25), origin=(0, 0), source=0))
    assert spot.channel == Channel("max_pool_1", 3)
    assert spot.pixel == (5, 12)


def test_forward_into_a_convolution_takes_the_strongest_map(found, shown):
    spot = spot_after(found, shown("max_pool_1", 2), Move(way="forward", at=(12, 0), origin=(0, 0), source=0))
    assert spot.channel == Channel("conv_2", int(found["conv_2"].order[0]))
    assert all(0 <= place < 6 for place in spot.pixel)


def test_flatten_leads_from_a_pixel_to_its_unit_and_back(found, shown):
    step = found["flatten_1"].step
    values = found["conv_2"].values
    for pixel in ((0, 0), (2, 4)):
        unit = unit_at(step, pixel, 1)
        assert found["flatten_1"].values[unit] == values[(*pixel, 1)]
        assert pixel_of_unit(step, unit) == pixel
        spot = spot_after(found, shown("conv_2", 1), Move(way="forward", at=pixel, origin=pixel, source=0))
        assert spot.channel == Channel("flatten_1", unit)
        back = spot_before(found, shown("flatten_1", unit), Move(way="back", at=pixel, origin=pixel, source=0))
        assert (back.channel, back.pixel) == (Channel("conv_2", 1), pixel)


def test_back_from_a_dense_unit_goes_to_the_input_that_is_named(found, shown):
    here = shown("dense_1", 5)
    spot = spot_before(found, here, Move(way="back", at=(0, 0), origin=(0, 0), source=1))
    assert spot.channel == Channel("flatten_1", here.sources[1])
    assert spot.pixel == pixel_of_unit(found["flatten_1"].step, here.sources[1])


def test_the_classifier_head_is_walked_through_class_by_class(found, shown):
    assert spot_before(found, shown("output", 7), Move(way="back", at=(0, 0), origin=(0, 0), source=7)).channel == (
        Channel(LOGITS, 7)
    )


def test_back_from_a_global_mean_goes_to_the_peak_of_its_map():
    network = Architecture(layers=(Conv(filters=2), GlobalAveragePool()))
    weights, image = random_weights(network), np.random.default_rng(3).random((28, 28, 1), dtype=np.float32)
    found = {item.layer: item for item in feature_maps(network, weights, image)}
    here = computation(weights, image, found, "global_average_pool_1", 1)
    spot = spot_before(found, here, Move(way="back", at=(0, 0), origin=(0, 0), source=0))
    values = found["conv_1"].values[..., 1]
    assert values[spot.pixel] == np.abs(values).max()
