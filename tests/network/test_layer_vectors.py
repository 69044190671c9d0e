from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import BatchNorm, Conv, Dense, Dropout, Flatten, MaxPool
from mnist_core.models.recipes import RECIPES
from mnist_core.network.forward import activations
from mnist_core.network.layer_vectors import (
    MAX_WIDTH,
    averaged,
    layer_vectors,
    output_shape,
    represented_layers,
    shape_kept,
)
from tests.network.test_forward import random_images, random_weights

WIDE = Architecture(layers=(Conv(filters=8), MaxPool(), Flatten(), Dense(units=1500), Dropout(), Dense(units=7)))


def test_a_grid_of_averages_is_the_mean_of_each_part() -> None:
    maps = np.random.default_rng(0).random((3, 11, 9, 2)).astype(np.float32)
    found = averaged(maps, 4, 2)
    rows, columns = [0, 2, 5, 8, 11], [0, 4, 9]
    for i in range(4):
        for j in range(2):
            part = maps[:, rows[i] : rows[i + 1], columns[j] : columns[j + 1]]
            np.testing.assert_allclose(found[:, i, j], part.mean(axis=(1, 2)), rtol=1e-5)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_layer_gives_a_short_vector_for_each_image(recipe: str) -> None:
    architecture, images = RECIPES[recipe].architecture, random_images(2)
    layers = represented_layers(architecture)
    found = layer_vectors(architecture, random_weights(architecture), images, layers)
    assert tuple(found) == layers
    for layer, vectors in found.items():
        assert vectors.shape == (2, np.prod(shape_kept(output_shape(architecture, layer))))
        assert vectors.shape[1] <= MAX_WIDTH
        assert vectors.dtype == np.float32


def test_short_outputs_are_left_as_they_are_and_wide_flat_ones_are_cut() -> None:
    weights, images = random_weights(WIDE), random_images(3)
    found = layer_vectors(WIDE, weights, images, represented_layers(WIDE))
    assert list(found) == ["pixels", "conv_1", "max_pool_1", "dense_1", "dense_2", "output"]
    plain = activations(WIDE, weights, images)
    np.testing.assert_array_equal(found["pixels"], images.reshape(3, 784))
    kept = [np.flatnonzero((plain["dense_1"] == column[:, np.newaxis]).all(axis=0)) for column in found["dense_1"].T]
    assert all(len(places) > 0 for places in kept)
    assert found["dense_1"].shape == (3, MAX_WIDTH)
    np.testing.assert_array_equal(found["dense_2"], plain["dense_2"])
    np.testing.assert_allclose(np.exp(found["output"]), plain["output"], rtol=1e-5)
    assert found["conv_1"].shape == (3, 11 * 11 * 8)


def test_a_wide_flat_layer_is_seen_all_over_the_image() -> None:
    """Behind `Flatten` the units are in the order of the pixels."""
    network = Architecture(layers=(Conv(filters=4, padding="same", activation="linear"), Flatten(), BatchNorm()))
    weights = random_weights(network)
    image = np.zeros((2, 28, 28, 1), np.float32)
    image[1, 20:] = np.random.default_rng(0).random((8, 28, 1))  # they differ at the bottom only
    found = layer_vectors(network, weights, image, ["batch_norm_1"])["batch_norm_1"]
    differ = (found[0] != found[1]).mean()
    assert 0.2 < differ < 0.4  # eight rows, and one more that the kernel reaches, of 28


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ConfigError, match="max_pool_1"):
        layer_vectors(WIDE, random_weights(WIDE), random_images(1), ["conv_9"])
