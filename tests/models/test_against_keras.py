"""Random stacks of layers, most of them impossible: our plain Python must agree with Keras on every one."""

from __future__ import annotations

import math

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

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

pytestmark = pytest.mark.slow

activations = st.sampled_from(Activation)
windows = st.one_of(st.integers(1, 5), st.integers(1, 28))
pool_sizes = st.one_of(st.integers(2, 3), st.integers(2, 28))
window_settings = {
    "filters": st.integers(1, 6),
    "kernel_size": windows,
    "stride": st.integers(1, 4),
    "padding": st.sampled_from(Padding),
    "activation": activations,
}
image_layers = st.one_of(
    st.builds(Conv, **window_settings),
    st.builds(SeparableConv, **window_settings),
    st.builds(MaxPool, size=pool_sizes),
    st.builds(AveragePool, size=pool_sizes),
    st.builds(Residual, filters=st.integers(1, 6)),
)
any_shape_layers = st.one_of(
    st.just(BatchNorm()), st.builds(Dropout, rate=st.floats(0, 0.9)), st.builds(Activate, function=activations)
)
flattening_layers = st.sampled_from([Flatten(), GlobalAveragePool()])
dense_layers = st.builds(Dense, units=st.integers(1, 12), activation=activations)

sensible_stacks = st.tuples(
    st.lists(st.one_of(image_layers, any_shape_layers), max_size=4),
    flattening_layers,
    st.lists(st.one_of(dense_layers, any_shape_layers), max_size=2),
).map(lambda parts: (*parts[0], parts[1], *parts[2]))
wild_stacks = st.lists(st.one_of(image_layers, any_shape_layers, flattening_layers, dense_layers), max_size=6).map(
    tuple
)


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def keras_layer(keras, layer):
    """The layer as a person would write it in Keras, without our builder."""
    named: dict = {
        MaxPool: lambda: keras.layers.MaxPool2D(layer.size),
        AveragePool: lambda: keras.layers.AvgPool2D(layer.size),
        GlobalAveragePool: keras.layers.GlobalAvgPool2D,
        BatchNorm: keras.layers.BatchNormalization,
        Dropout: lambda: keras.layers.Dropout(layer.rate),
        Flatten: keras.layers.Flatten,
        Dense: lambda: keras.layers.Dense(layer.units, activation=str(layer.activation)),
        Activate: lambda: keras.layers.Activation(str(layer.function)),
    }
    if type(layer) in named:
        return named[type(layer)]()
    sliding = {Conv: keras.layers.Conv2D, SeparableConv: keras.layers.SeparableConv2D}
    return sliding[type(layer)](
        layer.filters,
        layer.kernel_size,
        strides=layer.stride,
        padding=str(layer.padding),
        activation=str(layer.activation),
    )


def keras_residual(keras, layer, tensor):
    def conv(size):
        return keras.layers.Conv2D(layer.filters, size, padding="same", use_bias=False)

    skip = tensor if tensor.shape[-1] == layer.filters else conv(1)(tensor)
    inner = keras.layers.BatchNormalization()(conv(3)(tensor))
    inner = keras.layers.BatchNormalization()(conv(3)(keras.layers.ReLU()(inner)))
    return keras.layers.ReLU()(keras.layers.Add()([inner, skip]))


def first_fault(keras, layers):
    """Position of the first layer that Keras refuses or that leaves nothing, else None; shapes and the model besides.

    Two things that Keras lets pass are faults here: a dense layer on an image, and an image at the output.
    """
    inputs = tensor = keras.Input((28, 28, 1))
    shapes: list = []
    for position, layer in enumerate(layers):
        if isinstance(layer, Dense) and len(tensor.shape) != 2:
            return position, shapes, None
        try:
            if isinstance(layer, Residual):
                tensor = keras_residual(keras, layer, tensor)
            else:
                tensor = keras_layer(keras, layer)(tensor)
        except ValueError:
            return position, shapes, None
        if math.prod(tensor.shape[1:]) == 0:
            return position, shapes, None
        shapes.append(tuple(tensor.shape[1:]))
    if len(tensor.shape) != 2:
        return len(layers), shapes, None
    outputs = keras.layers.Dense(10, activation="softmax")(tensor)
    return None, shapes, keras.Model(inputs, outputs)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(layers=st.one_of(sensible_stacks, wild_stacks))
def test_random_stacks_agree_with_keras_in_shape_parameters_and_rejection(keras, layers):
    from mnist_core.models.build import build_model

    network = Architecture(layers=layers)
    fault, shapes, model = first_fault(keras, layers)
    event("can be built" if fault is None else "cannot be built")
    assert (network.problem.layer if network.problem else None) == fault
    assert [row.output_shape for row in network.rows[: len(layers)]] == shapes
    if model is not None:
        assert network.parameters == model.count_params()
        built = build_model(network)
        assert built.count_params() == network.parameters
        assert [tuple(built.get_layer(row.name).output.shape[1:]) for row in network.rows] == [*shapes, (10,)]
