"""A muted filter against plain Keras: a model rebuilt with the weights of that filter at 0."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    Activate,
    Activation,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePool,
    MaxPool,
    Padding,
    Residual,
    SeparableConv,
)
from mnist_core.models.recipes import RECIPES
from mnist_core.network.forward import forward
from mnist_core.network.muting import MutedNetwork, muteable_layers
from tests.network.test_forward import random_images, random_weights


def network(*layers):
    return Architecture(layers=layers)


# For each layer that is muted: the weights that are 0 in a network without it.
NETWORKS = {
    "pooling": network(
        Conv(filters=4), MaxPool(), Conv(filters=5), AveragePool(), Dropout(), Flatten(), Dense(units=6)
    ),
    "batch norm": network(
        Conv(filters=4, activation=Activation.LINEAR), BatchNorm(), Activate(), MaxPool(), Flatten(), Dense(units=5),
        BatchNorm(), Dense(units=4),
    ),
    "batch norm behind the activation": network(Conv(filters=4), BatchNorm(), Dropout(), MaxPool(), Flatten()),
    "residual": network(
        Conv(filters=3, padding=Padding.SAME), Residual(filters=3), Residual(filters=5), GlobalAveragePool()
    ),
    "separable": network(SeparableConv(filters=4), MaxPool(size=3), SeparableConv(filters=5), GlobalAveragePool()),
}  # fmt: skip
ZEROED = {
    ("batch norm", "conv_1"): ("conv_1/kernel", "conv_1/bias", "batch_norm_1/gamma", "batch_norm_1/beta"),
    ("batch norm", "dense_1"): ("dense_1/kernel", "dense_1/bias", "batch_norm_2/gamma", "batch_norm_2/beta"),
    ("batch norm behind the activation", "conv_1"): ("batch_norm_1/gamma", "batch_norm_1/beta"),
    ("separable", "separable_conv_1"): ("separable_conv_1/pointwise_kernel", "separable_conv_1/bias"),
    ("separable", "separable_conv_2"): ("separable_conv_2/pointwise_kernel", "separable_conv_2/bias"),
} | {
    ("residual", f"residual_{block}_conv_{half}"): (
        f"residual_{block}_conv_{half}/kernel",
        f"residual_{block}_batch_norm_{half}/gamma",
        f"residual_{block}_batch_norm_{half}/beta",
    )
    for block in (1, 2)
    for half in (1, 2)
}
CASES = [(name, layer.name) for name, architecture in NETWORKS.items() for layer in muteable_layers(architecture)]


def zeroed_names(name: str, layer: str, weights: dict[str, np.ndarray]) -> tuple[str, ...]:
    default = tuple(part for part in (f"{layer}/kernel", f"{layer}/bias") if part in weights)
    return ZEROED.get((name, layer), default)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "layer"), CASES)
def test_a_filter_at_zero_is_keras_with_its_weights_at_zero(name: str, layer: str) -> None:
    pytest.importorskip("keras")
    from mnist_core.models.build import build_model, weight_name

    architecture, images = NETWORKS[name], random_images(40)
    weights, model = random_weights(architecture), build_model(NETWORKS[name])
    muted = MutedNetwork(architecture, weights, layer)
    state, n = muted.before(images), next(item.n for item in muteable_layers(architecture) if item.name == layer)
    for position in (0, n - 1):
        changed = {part: array.copy() for part, array in weights.items()}
        for part in zeroed_names(name, layer, weights):
            changed[part][..., position] = 0
        for variable in model.weights:
            variable.assign(changed[weight_name(variable)])
        expected = np.asarray(model(images))
        found = muted.after(state, position)
        np.testing.assert_allclose(found, expected, atol=2e-6)
        np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))


@pytest.mark.slow
def test_a_filter_at_a_constant_is_keras_fed_with_that_constant_behind_the_batch_norm() -> None:
    pytest.importorskip("keras")
    from mnist_core.models.build import build_model, weight_name

    architecture, images = NETWORKS["batch norm"], random_images(40)
    weights, model = random_weights(architecture), build_model(architecture)
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])
    names = [layer.name for layer in model.layers]
    at = names.index("activation_1")
    x = images
    for layer in model.layers[1 : at + 1] if names[0].startswith("input") else model.layers[: at + 1]:
        x = layer(x)
    outputs = np.array(x)
    muted = MutedNetwork(architecture, weights, "conv_1")
    np.testing.assert_allclose(muted.outputs(images), outputs, atol=1e-5)
    outputs[..., 2] = 0.7
    x = outputs
    for layer in model.layers[at + 1 :]:
        x = layer(x)
    np.testing.assert_allclose(muted.after(muted.before(images), 2, 0.7), np.asarray(x), atol=2e-6)


@pytest.mark.parametrize("recipe", RECIPES)
def test_without_a_muted_filter_it_is_the_network_itself(recipe: str) -> None:
    architecture, images = RECIPES[recipe].architecture, random_images(3)
    weights = random_weights(architecture)
    expected = forward(architecture, weights, images)
    for layer in muteable_layers(architecture):
        muted = MutedNetwork(architecture, weights, layer.name)
        np.testing.assert_allclose(muted.after(muted.before(images)), expected, atol=1e-6)


def test_the_state_before_is_left_as_it_was() -> None:
    architecture = NETWORKS["residual"]
    for layer in muteable_layers(architecture):
        muted = MutedNetwork(architecture, random_weights(architecture), layer.name)
        state = muted.before(random_images(3))
        kept = [None if part is None else part.copy() for part in state]
        muted.after(state, 1, 5.0)
        for part, before in zip(state, kept, strict=True):
            np.testing.assert_array_equal(part, before)


def test_the_layers_of_a_residual_block_are_muted_one_by_one() -> None:
    found = {layer.name: (layer.n, layer.is_convolution) for layer in muteable_layers(NETWORKS["residual"])}
    assert found == {
        "conv_1": (3, True),
        **{f"residual_1_conv_{half}": (3, True) for half in (1, 2)},
        "residual_2_projection": (5, True),
        **{f"residual_2_conv_{half}": (5, True) for half in (1, 2)},
    }
    assert muteable_layers(network(Flatten())) == ()


def test_an_unknown_layer_is_refused() -> None:
    architecture = NETWORKS["pooling"]
    with pytest.raises(ConfigError, match="conv_1"):
        MutedNetwork(architecture, random_weights(architecture), "output")
