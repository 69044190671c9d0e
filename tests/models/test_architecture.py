from __future__ import annotations

import json

import pytest

from mnist_core.errors import ArchitectureError, ConfigError
from mnist_core.models.architecture import LIMITS, Architecture
from mnist_core.models.layers import (
    Activate,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Padding,
    Residual,
)


def stack(*layers):
    return Architecture(layers=layers)


def test_rows_follow_the_tensor_and_end_with_the_output():
    rows = stack(Conv(filters=8), MaxPool(), Conv(filters=4), Flatten(), Dense(units=16)).rows
    assert [row.name for row in rows] == ["conv_1", "max_pool_1", "conv_2", "flatten_1", "dense_1", "output"]
    assert [row.position for row in rows] == [0, 1, 2, 3, 4, 5]
    assert [row.output_shape for row in rows] == [(26, 26, 8), (13, 13, 8), (11, 11, 4), (484,), (16,), (10,)]
    assert all(later.input_shape == row.output_shape for row, later in zip(rows, rows[1:], strict=False))
    assert [row.parameters for row in rows] == [80, 0, 292, 0, 7760, 170]
    assert rows[0].activation_bytes == 4 * 26 * 26 * 8


def test_totals_are_the_sums_of_the_rows():
    network = stack(Conv(filters=8), Flatten(), Dense(units=16))
    assert network.parameters == 80 + (26 * 26 * 8 + 1) * 16 + 170
    assert network.multiply_adds == 26 * 26 * 8 * 9 + 26 * 26 * 8 * 16 + 160
    assert network.activation_bytes == 4 * (2 * 26 * 26 * 8 + 16 + 10)


def test_names_are_known_even_where_the_stack_cannot_be_built():
    assert stack(Dense(), Dense(), Activate(), BatchNorm()).names == (
        "dense_1",
        "dense_2",
        "activation_1",
        "batch_norm_1",
        "output",
    )


@pytest.mark.parametrize(
    ("network", "position", "facts"),
    [
        (stack(*[MaxPool()] * 5), 4, ("Layer 5 (max pooling)", "at least 2 x 2", "Received: 1 x 1")),
        (stack(MaxPool(size=28), Conv()), 1, ("Layer 2 (convolution)", "at least 3 x 3", "Received: 1 x 1")),
        (stack(Dense()), 0, ("Layer 1 (dense)", "flat vector")),
        (stack(Flatten(), Residual()), 1, ("Layer 2 (residual block)", "needs an image")),
        (stack(Conv()), 1, ("ends with an image",)),
        (stack(), 0, ("ends with an image",)),
        (stack(Flatten(), *[Dropout()] * 60), None, ("layers", "at most 60", "Received: 61")),
        (stack(Flatten(), Dense(units=8192), Dense(units=8192)), 2, ("layer 3 (dense_2)", "at most 20,000,000")),
    ],
)
def test_a_stack_that_cannot_be_built_names_layer_and_reason(network, position, facts):
    problem = network.problem
    assert all(fact in str(problem) for fact in facts), problem
    assert problem.layer == position
    with pytest.raises(ArchitectureError):
        network.validate()


def test_rows_of_an_impossible_stack_end_before_the_fault():
    assert [row.name for row in stack(Conv(), Dense(), Dense()).rows] == ["conv_1"]


def test_a_stack_at_the_limits_can_be_built():
    network = stack(Flatten(), *[Dropout()] * (LIMITS["layers"].value - 1))
    assert network.problem is None
    network.validate()


def test_a_stack_survives_json():
    network = stack(
        Conv(filters=8, padding=Padding.SAME, activation=Activation.TANH),
        MaxPool(size=4),
        Residual(filters=8),
        Flatten(),
    )
    assert Architecture.from_dict(json.loads(json.dumps(network.to_dict(), allow_nan=False))) == network


def nested(depth):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "`architecture`. Expected an object. Received: []."),
        ({}, "`architecture.layers`. Expected a list of layers. Received: None."),
        ({"layers": "conv"}, "Received: 'conv'."),
        ({"layers": [{"kind": "flatten"}, {"kind": "dense", "units": -1}]}, "`architecture.layers[1].units`"),
        ({"layers": [], "name": "x"}, "Unknown key `name` in `architecture`"),
        ({"layers": [{"kind": "flatten"}] * 1000}, "Received: 1,000."),
        ({"layers": [nested(5000)]}, "nested too deeply"),
        ({"layers": [{"kind": "dense", "units": nested(5000)}]}, "nested too deeply"),
        (nested(5000), "nested too deeply"),
    ],
)
def test_invalid_json_is_refused_with_what_was_expected(data, words):
    with pytest.raises(ConfigError) as caught:
        Architecture.from_dict(data)
    assert words in str(caught.value)
