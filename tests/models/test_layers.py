from __future__ import annotations

import pytest

from mnist_core.errors import ArchitectureError, ConfigError
from mnist_core.fields import specs_of
from mnist_core.models.layers import (
    LAYERS,
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAveragePool,
    MaxPool,
    Padding,
    Residual,
    SeparableConv,
    layer_from_dict,
    layer_to_dict,
)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_has_words_limits_and_a_round_trip(kind):
    layer = LAYERS[kind]()
    assert layer.kind == kind
    assert layer.title
    assert layer.help.endswith(".")
    assert all(spec.help.endswith(".") for spec in specs_of(type(layer)).values())
    assert layer_from_dict(layer_to_dict(layer)) == layer
    assert layer_from_dict({"kind": kind}) == layer


@pytest.mark.parametrize(
    ("layer", "shape", "output", "parameters", "multiply_adds"),
    [  # counted by hand
        (Conv(filters=4, kernel_size=3), (5, 5, 2), (3, 3, 4), 3 * 3 * 2 * 4 + 4, 9 * 4 * 18),
        (Conv(filters=4, stride=2, padding=Padding.SAME), (5, 5, 1), (3, 3, 4), 40, 9 * 4 * 9),
        (Conv(filters=1, kernel_size=2, stride=3), (7, 7, 1), (2, 2, 1), 5, 16),
        (SeparableConv(filters=6), (4, 4, 2), (2, 2, 6), 18 + 12 + 6, 4 * (18 + 12)),
        (MaxPool(size=2), (5, 5, 3), (2, 2, 3), 0, 0),
        (AveragePool(size=3), (6, 6, 3), (2, 2, 3), 0, 0),
        (GlobalAveragePool(), (7, 7, 9), (9,), 0, 0),
        (BatchNorm(), (7, 7, 9), (7, 7, 9), 36, 441),
        (Flatten(), (7, 7, 9), (441,), 0, 0),
        (Dense(units=3), (5,), (3,), 18, 15),
        (Residual(filters=2), (3, 3, 2), (3, 3, 2), 2 * 36 + 16, 9 * (2 * 36 + 4)),
        (Residual(filters=2), (3, 3, 1), (3, 3, 2), 18 + 36 + 2 + 16, 9 * (18 + 36 + 2 + 4)),
    ],
)
def test_shapes_parameters_and_multiply_adds_agree_with_a_count_by_hand(
    layer, shape, output, parameters, multiply_adds
):
    assert layer.output_shape(shape) == output
    assert layer.parameters(shape) == parameters
    assert layer.multiply_adds(shape) == multiply_adds


@pytest.mark.parametrize(
    ("layer", "shape", "facts"),
    [
        (Conv(kernel_size=5), (4, 9, 1), ("at least 5 x 5", "Received: 4 x 9")),
        (MaxPool(size=2), (1, 1, 64), ("at least 2 x 2", "Received: 1 x 1")),
        (Conv(), (10,), ("needs an image", "height x width x channels", "flat vector of 10")),
        (GlobalAveragePool(), (10,), ("needs an image",)),
        (Residual(), (10,), ("needs an image",)),
        (Dense(), (3, 3, 2), ("flat vector", "flatten or global average pooling", "Received: 3 x 3 x 2")),
    ],
)
def test_an_unsuitable_input_is_refused_with_what_was_expected_and_received(layer, shape, facts):
    with pytest.raises(ArchitectureError) as caught:
        layer.output_shape(shape)
    assert all(fact in str(caught.value) for fact in facts), caught.value


def test_padding_and_stride_do_to_an_image_what_their_help_says():
    sizes = {
        (padding, stride): Conv(filters=4, stride=stride, padding=padding).output_shape((28, 28, 1))[0]
        for padding in Padding
        for stride in (1, 2)
    }
    assert sizes == {(Padding.SAME, 1): 28, (Padding.SAME, 2): 14, (Padding.VALID, 1): 26, (Padding.VALID, 2): 13}


def test_a_padded_window_may_be_larger_than_the_image():
    assert Conv(kernel_size=9, padding=Padding.SAME).output_shape((2, 2, 1)) == (2, 2, 32)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("conv", "`layer`. Expected an object with a `kind`. Received: 'conv'."),
        ({}, "Expected one of: conv, separable_conv"),
        ({"kind": ["conv"]}, "Unknown layer kind"),
        ({"kind": "lstm"}, "Received: 'lstm'."),
        ({"kind": "conv", "filters": 0}, "`layer.filters`. Expected an integer from 1 to 1024. Received: 0."),
        ({"kind": "conv", "filters": "8"}, "Received: '8'."),
        ({"kind": "conv", "filters": float("nan")}, "Received: nan."),
        ({"kind": "conv", "padding": "full"}, "one of valid, same"),
        ({"kind": "dense", "colour": 1}, "Unknown key `colour` in `layer`"),
        ({"kind": "dropout", "rate": 1.0}, "below 1"),
    ],
)
def test_bad_json_is_refused_by_field(data, words):
    with pytest.raises(ConfigError) as caught:
        layer_from_dict(data)
    assert words in str(caught.value)
