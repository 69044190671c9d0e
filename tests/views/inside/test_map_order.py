"""What stands below each other in two layers is the same channel, if the second keeps the channels of the first."""

from __future__ import annotations

import numpy as np

from dashboard.views.inside.choices import FilterOrder
from dashboard.views.inside.map_order import channel_orders
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, MaxPool
from mnist_core.network.feature_maps import feature_maps
from mnist_core.runs.store import RunStore
from tests.inspected_runs import of_layers, run_of

LAYERS = Architecture(layers=(Conv(filters=6), MaxPool(), Conv(filters=5), MaxPool(), Flatten(), Dense(units=7)))


def test_by_number_every_layer_stands_as_it_is_and_by_strength_pooling_follows_its_convolution(store: RunStore) -> None:
    weights = store.weights(run_of(store, of_layers(LAYERS)))
    image = np.random.default_rng(3).random((28, 28, 1), dtype=np.float32)
    found = feature_maps(LAYERS, weights, image)
    for layer, channels in channel_orders(found, FilterOrder.NUMBER).items():
        assert channels.tolist() == sorted(channels.tolist()), layer
    orders = channel_orders(found, FilterOrder.STRENGTH)
    by_name = {item.layer: item for item in found}
    for name in ("conv_1", "conv_2", "dense_1"):
        means = np.abs(by_name[name].values).reshape(-1, by_name[name].values.shape[-1]).mean(axis=0)
        assert (np.diff(means[orders[name]]) <= 1e-6).all()
    for before, after in (("conv_1", "max_pool_1"), ("conv_2", "max_pool_2")):
        assert orders[after].tolist() == orders[before].tolist()
