"""A film shows what the weights of each epoch compute."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Flatten, MaxPool, Residual, SeparableConv
from mnist_core.network.feature_maps import feature_maps
from mnist_core.network.film import MAX_NUMBERS, MAX_TILES, film
from mnist_core.runs.store import RunStore
from tests.finished_runs import UNIT, finished_run
from tests.network.test_forward import random_images, random_weights

WIDE = Architecture(layers=(Conv(filters=40), MaxPool(), SeparableConv(filters=3), Residual(filters=5), Flatten()))
DENSE = Architecture(layers=(Flatten(), Dense(units=6)))


@pytest.fixture
def store(runs_folder, sample_only):
    return RunStore(runs_folder)


def test_predictions_of_validation_digits_are_those_that_were_stored_after_each_epoch(store) -> None:
    run_id = finished_run(store, epochs=3)
    run, images = store.get(run_id), load_dataset("mnist-sample").train.images
    by_epoch = {epoch: store.epoch_weights(run_id, epoch) for epoch in store.weight_epochs(run_id)}
    assert list(by_epoch) == [1, 2, 3]
    validation = {epoch: store.predictions(run_id, "validation", epoch) for epoch in by_epoch}
    for position in range(0, len(validation[1]), 40):
        row = validation[1].index[position]
        found = film(run.config.architecture, by_epoch, UNIT.apply(images[row : row + 1]), "conv_1")
        expected = np.stack([predictions.probabilities[position] for predictions in validation.values()])
        assert found.probabilities is not None
        np.testing.assert_allclose(found.probabilities, expected, atol=0.01)
        top = np.sort(expected, axis=1)
        is_clear = top[:, -1] - top[:, -2] > 0.02
        np.testing.assert_array_equal(found.probabilities.argmax(axis=1)[is_clear], expected.argmax(axis=1)[is_clear])


def test_frames_are_the_filters_and_activations_of_each_epoch() -> None:
    by_epoch = {epoch: random_weights(WIDE, seed=epoch) for epoch in (7, 0, 3)}
    x = random_images(1)
    found = film(WIDE, by_epoch, x, "conv_1")
    assert found.epochs == (0, 3, 7)
    assert found.filters is not None
    assert found.activations is not None
    assert (found.filters.n, found.filters.frames.shape) == (40, (3, MAX_TILES, 3, 3))
    for frame, epoch in enumerate(found.epochs):
        kernel = by_epoch[epoch]["conv_1/kernel"]
        np.testing.assert_array_equal(found.filters.frames[frame, 5], kernel[:, :, 0, 5])
        maps = feature_maps(WIDE, by_epoch[epoch], x)[0].values
        np.testing.assert_array_equal(found.activations.frames[frame, 9], maps[..., 9])
    assert found.filters.limit == np.abs(found.filters.frames).max()


def test_a_filter_keeps_its_input_channel_through_all_epochs() -> None:
    by_epoch = {epoch: random_weights(WIDE, seed=epoch) for epoch in (1, 2)}
    found = film(WIDE, by_epoch, None, "residual_1")
    last = by_epoch[2]["residual_1_conv_1/kernel"][..., 4]
    channel = int(np.square(last).sum(axis=(0, 1)).argmax())
    assert found.filters is not None
    for frame, epoch in enumerate((1, 2)):
        kernel = by_epoch[epoch]["residual_1_conv_1/kernel"]
        np.testing.assert_array_equal(found.filters.frames[frame, 4], kernel[:, :, channel, 4])
    assert found.activations is None
    assert found.probabilities is None


def test_layers_of_every_kind_have_their_pictures() -> None:
    by_epoch = {1: random_weights(WIDE), 2: random_weights(WIDE, seed=2)}
    separable = film(WIDE, by_epoch, random_images(1), "separable_conv_1")
    assert separable.filters is not None
    assert separable.filters.frames.shape == (2, MAX_TILES, 3, 3)  # the depthwise ones, of which there are 40
    pooled = film(WIDE, by_epoch, random_images(1), "max_pool_1")
    assert pooled.filters is None
    units = film(DENSE, {1: random_weights(DENSE)}, random_images(1), "dense_1")
    assert units.filters is not None
    assert units.activations is not None
    assert units.filters.frames.shape == (1, 6, 28, 28)
    np.testing.assert_array_equal(
        units.filters.frames[0, 2], random_weights(DENSE)["dense_1/kernel"][:, 2].reshape(28, 28)
    )
    assert units.activations.frames.shape == (1, 6, 1, 1)


def test_a_film_of_many_epochs_stays_small() -> None:
    weights = random_weights(WIDE)
    found = film(WIDE, dict.fromkeys(range(60), weights), random_images(1), "conv_1")
    assert found.activations is not None
    assert found.activations.frames.size <= MAX_NUMBERS
    assert found.activations.frames.shape[1] >= 4


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ConfigError, match="dense_1"):
        film(DENSE, {1: random_weights(DENSE)}, None, "conv_1")
