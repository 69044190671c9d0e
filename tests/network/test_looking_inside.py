"""The numbers that the pages show of a network are those of Keras, for every recipe and every scaling.

The calls are those of the pages, from the bytes of the data set on: `scaler.apply` adds an axis to a view, and no copy
tidies up the memory before the network gets it.
"""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.scaling import Scaling, fit_scaler
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.models.recipes import RECIPES
from mnist_core.network.feature_maps import feature_maps, responses
from mnist_core.network.forward import last_hidden
from mnist_core.network.scoring import score_images
from tests.network.test_forward import random_weights

ROW = 3
RELATIVE = 1e-5


@pytest.fixture(scope="module")
def dataset(sample_data_folder):
    return load_dataset("mnist-sample")


def keras_layers(architecture, weights):
    """What Keras' own model computes, by the name of the layer, of inputs (N, 28, 28, 1)."""
    keras = pytest.importorskip("keras")
    from mnist_core.models.build import build_model, weight_name

    model = build_model(architecture)
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])
    names = [row.name for row in architecture.rows]
    layers = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    return lambda inputs: dict(zip(names, map(np.asarray, layers([inputs])), strict=True))


def scaled_by_hand(scaling, images, train_images):
    """What a scaling means, in float64 and contiguous memory."""
    pixels = images.astype(np.float64)
    if scaling is Scaling.UNIT:
        pixels = pixels / 255
    elif scaling is Scaling.L2_ROWS:
        lengths = np.linalg.norm(pixels, axis=1, keepdims=True)
        pixels = pixels / np.where(lengths == 0, 1, lengths)
    else:
        pixels = (pixels - train_images.mean()) / train_images.std()
    return np.ascontiguousarray(pixels.reshape(-1, 28, 28, 1), np.float32)


def assert_close(found, expected, what):
    expected = expected.reshape(found.shape)
    np.testing.assert_allclose(found, expected, rtol=0, atol=RELATIVE * np.abs(expected).max(), err_msg=what)


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_what_is_shown_of_a_network_is_what_keras_computes(name, dataset):
    architecture = RECIPES[name].architecture
    weights = random_weights(architecture)
    by_keras = keras_layers(architecture, weights)
    hidden = architecture.rows[-2].name
    for scaling in Scaling:
        scaler = fit_scaler(scaling, dataset.train.images)
        some = dataset.test.images[:ROW]
        expected = by_keras(scaled_by_hand(scaling, dataset.test.images[: ROW + 1], dataset.train.images))

        # One digit through all layers: dashboard/views/inside/activations.py
        scaled = scaler.apply(dataset.test.images[ROW : ROW + 1])
        for shown in feature_maps(architecture, weights, scaled):
            if shown.layer not in expected:  # a step inside a layer: tests/network/test_computation.py
                continue
            assert_close(shown.values, expected[shown.layer][ROW], f"{scaling}, {shown.layer}")
        # The peak for each digit: dashboard/views/inside/channel.py
        for layer in {architecture.names[0], hidden}:
            peaks = expected[layer][:ROW].reshape(ROW, -1, expected[layer].shape[-1]).max(axis=1)
            assert_close(responses(architecture, weights, scaler.apply(some), layer).peaks, peaks, f"peaks of {layer}")
        # Hidden vectors for nearest neighbours, and the probabilities: dashboard/cached/answers.py
        one = dataset.test.images[ROW]
        assert_close(last_hidden(architecture, weights, scaler.apply(one[np.newaxis]))[0], expected[hidden][ROW], "")
        assert_close(score_images(architecture, weights, scaler, some), expected["output"][:ROW], "probabilities")
