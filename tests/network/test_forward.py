from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

from mnist_core.errors import ArchitectureError, RunCorruptedError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import (
    LAYERS,
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
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import activations, forward, last_hidden
from mnist_core.network.single_thread import single_threaded


def random_weights(architecture, seed=0):
    """Weights of the size that training leaves; variances are positive."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, shape in weight_shapes(architecture).items():
        fan_in = max(1, int(np.prod(shape[:-1])))
        value = rng.standard_normal(shape) * (2 / fan_in) ** 0.5
        if name.endswith("variance"):
            value = 1 + np.abs(value)
        elif name.endswith("gamma"):
            value = 0.4 + 0.1 * value
        weights[name] = value.astype(np.float32)
    return weights


def random_images(count, seed=1):
    return np.random.default_rng(seed).random((count, 28, 28, 1), dtype=np.float32)


SMALL = Architecture(layers=(Conv(filters=4), MaxPool(), Flatten(), Dense(units=8)))


def test_probabilities_are_float32_and_sum_to_one():
    probabilities = forward(SMALL, random_weights(SMALL), random_images(300))
    assert probabilities.shape == (300, 10)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_an_image_gets_the_same_probabilities_alone_and_among_others():
    weights, images = random_weights(SMALL), random_images(300)
    together = forward(SMALL, weights, images)
    alone = np.concatenate([forward(SMALL, weights, images[i : i + 1]) for i in (0, 150, 299)])
    np.testing.assert_allclose(together[[0, 150, 299]], alone, atol=1e-6)


def test_softmax_regression_is_one_matrix_product():
    network = Architecture(layers=(Flatten(),))
    weights, images = random_weights(network), random_images(5)
    logits = images.reshape(5, 784).astype(np.float64) @ weights["output/kernel"] + weights["output/bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(forward(network, weights, images), expected, atol=1e-6)


def test_activations_have_the_shapes_of_the_rows():
    found = activations(SMALL, random_weights(SMALL), random_images(2))
    assert {name: value.shape[1:] for name, value in found.items()} == {
        row.name: row.output_shape for row in SMALL.rows
    }


def test_only_the_requested_layers_are_returned():
    found = activations(SMALL, random_weights(SMALL), random_images(2), layers=("max_pool_1",))
    assert list(found) == ["max_pool_1"]


def test_last_hidden_is_what_the_output_multiplies():
    weights, images = random_weights(SMALL), random_images(3)
    hidden = last_hidden(SMALL, weights, images)
    assert hidden.shape == (3, 8)
    logits = hidden @ weights["output/kernel"] + weights["output/bias"]
    np.testing.assert_array_equal(logits.argmax(axis=1), forward(SMALL, weights, images).argmax(axis=1))


def test_inputs_and_weights_are_left_as_they_were():
    network = Architecture(
        layers=(Activate(), Dropout(), BatchNorm(), Activate(function=Activation.TANH), Flatten(), Activate())
    )
    weights, images = random_weights(network), random_images(2) - 0.5
    for array in (images, *weights.values()):
        array.setflags(write=False)
    found = activations(network, weights, images)
    assert (found["batch_norm_1"] < 0).any()
    np.testing.assert_array_equal(found["activation_1"], np.maximum(images, 0))


def test_no_images_give_no_probabilities():
    assert forward(SMALL, random_weights(SMALL), random_images(0)).shape == (0, 10)


@pytest.mark.parametrize("images", [np.zeros((28, 28, 1)), np.zeros((1, 28, 28)), np.zeros((1, 14, 14, 1))])
def test_images_of_another_shape_are_refused(images):
    with pytest.raises(ValueError, match="Expected shape"):
        forward(SMALL, random_weights(SMALL), images)


def test_a_missing_weight_is_named():
    weights = random_weights(SMALL)
    del weights["conv_1/bias"]
    with pytest.raises(RunCorruptedError, match=r"Expected `conv_1/bias` of shape \(4,\). Received: nothing"):
        forward(SMALL, weights, random_images(1))


def test_a_weight_of_another_shape_is_named():
    weights = random_weights(SMALL) | {"dense_1/kernel": np.zeros((3, 3), np.float32)}
    with pytest.raises(RunCorruptedError, match=r"`dense_1/kernel`.*Received: shape \(3, 3\)"):
        forward(SMALL, weights, random_images(1))


def test_a_stack_that_cannot_be_built_is_refused():
    with pytest.raises(ArchitectureError):
        forward(Architecture(layers=(Dense(),)), {}, random_images(1))


def blas_threads():
    """Of numpy's own library: scipy brings a second one, which the forward pass does not use."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]
    return [pool["num_threads"] for pool in pools]


def test_products_use_one_thread_inside_and_as_many_as_before_outside():
    before = blas_threads()
    with single_threaded():
        assert set(blas_threads()) <= {1}
    assert blas_threads() == before


def test_the_number_of_threads_is_as_before_after_overlapping_passes():
    before = blas_threads()
    first_is_inside, second_is_inside, first_has_left = threading.Event(), threading.Event(), threading.Event()

    def first():
        with single_threaded():
            first_is_inside.set()
            second_is_inside.wait(5)
        first_has_left.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert first_is_inside.wait(5)
    with single_threaded():
        assert set(blas_threads()) <= {1}
        second_is_inside.set()
        assert first_has_left.wait(5)
    thread.join()
    assert blas_threads() == before


def network(*layers):
    return Architecture(layers=layers)


NETWORKS = {
    "padding and stride": network(
        Conv(filters=5, kernel_size=4, padding=Padding.SAME),
        Conv(filters=6, kernel_size=3, stride=2, padding=Padding.SAME),
        Conv(filters=4, kernel_size=3, stride=2),
        Conv(filters=3, kernel_size=5, stride=3, padding=Padding.SAME),
        Flatten(),
    ),
    "separable": network(
        SeparableConv(filters=6, padding=Padding.SAME),
        SeparableConv(filters=5, kernel_size=4, stride=2, padding=Padding.SAME),
        SeparableConv(filters=4, kernel_size=3, stride=2),
        GlobalAveragePool(),
    ),
    "pooling": network(Conv(filters=3), MaxPool(size=3), AveragePool(size=2), Flatten(), BatchNorm(), Dropout()),
    "uneven pooling": network(AveragePool(size=5), Conv(filters=4, padding=Padding.SAME), MaxPool(size=3), Flatten()),
    "batch norm": network(Conv(filters=4), BatchNorm(), Activate(), MaxPool(), Flatten(), Dense(units=7), BatchNorm()),
    "residual": network(Residual(filters=3), MaxPool(), Residual(filters=3), Residual(filters=5), GlobalAveragePool()),
    "kernel as large as the image": network(Conv(filters=3, kernel_size=28), Flatten()),
} | {
    f"activation {function}": network(
        Conv(filters=3, stride=3, activation=function),
        SeparableConv(filters=3, activation=function),
        BatchNorm(),
        Activate(function=function),
        Flatten(),
        Dense(units=9, activation=function),
    )
    for function in Activation
}


def test_the_comparison_with_keras_covers_every_kind_of_layer():
    assert {type(layer) for architecture in NETWORKS.values() for layer in architecture.layers} == set(LAYERS.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NETWORKS, *RECIPES])
def test_every_activation_agrees_with_keras(name):
    keras = pytest.importorskip("keras")
    from mnist_core.models.build import build_model, weight_name

    architecture = NETWORKS[name] if name in NETWORKS else RECIPES[name].architecture
    model = build_model(architecture)
    assert {weight_name(weight): tuple(weight.shape) for weight in model.weights} == weight_shapes(architecture)
    weights, images = random_weights(architecture), random_images(6)
    for variable in model.weights:
        variable.assign(weights[weight_name(variable)])

    names = [row.name for row in architecture.rows]
    outputs = keras.Model(model.inputs, [model.get_layer(layer).output for layer in names])([images])
    found = activations(architecture, weights, images)
    for layer, expected in zip(names, map(np.asarray, outputs), strict=True):
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(found[layer], expected, atol=1e-5 * scale, rtol=0, err_msg=layer)
    # Rounding adds up layer by layer, and differs from processor to processor.
    np.testing.assert_allclose(found["output"], np.asarray(outputs[-1]), atol=1e-6 * max(1, len(names) / 4), rtol=0)
