"""The numbers of a computation are Keras' own, and they add up to the value, for every kind of step."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Activate, Conv, Dense, Flatten, GlobalAveragePool
from mnist_core.network.computation import MAX_TERMS, computation
from mnist_core.network.feature_maps import feature_maps
from mnist_core.network.steps import LOGITS, Operation, steps_of
from tests.network.every_step import NETWORKS, keras_steps
from tests.network.test_forward import random_weights

CLOSE = 2e-6


@pytest.fixture(scope="module")
def digit():
    """A digit as the page has it: a view of the data set, which is neither contiguous nor aligned."""
    images = np.random.default_rng(5).integers(0, 256, (28, 28, 9), dtype=np.uint8)
    images[:4], images[-5:], images[:, :3] = 0, 0, 0
    return images.transpose(2, 0, 1)[3]


def scaled_and_found(network, weights, digit):
    """As dashboard/views/inside/activations.py does it."""
    scaled = Scaler(kind=Scaling.UNIT).apply(digit[np.newaxis])[0]
    return scaled, {item.layer: item for item in feature_maps(network, weights, scaled)}


def by_hand(found, row, column):
    """The value before the activation function from the numbers of the computation, in float64, one by one."""
    return BY_HAND.get(found.step.operation, passed_on)(found, found.inputs.astype(np.float64), row, column)


def weighted_window(found, inputs, row, column):
    window = found.step.window
    total = (0.0 if found.rest is None else float(found.rest[row, column])) + (found.bias or 0.0)
    for source in range(len(inputs)):
        for i, j in np.ndindex(window.size, window.size):
            y, x = row * window.stride + i - window.zeros, column * window.stride + j - window.zeros
            if 0 <= y < inputs.shape[1] and 0 <= x < inputs.shape[2]:
                total += inputs[source, y, x] * float(found.kernels[source, i, j])
    return total


def pooled(reduce):
    def value(found, inputs, row, column):
        size = found.step.window.size
        return reduce([inputs[0, row * size + i, column * size + j] for i, j in np.ndindex(size, size)])

    return value


def dense(found, inputs, row, column):
    rest = 0.0 if found.rest is None else float(found.rest)
    return rest + found.bias + sum(a * float(b) for a, b in zip(inputs, found.kernels, strict=True))


def softmax(found, inputs, row, column):
    return math.exp(inputs[found.channel]) / sum(math.exp(logit) for logit in inputs)


def normalised(found, inputs, row, column):
    known = found.constants
    x = passed_on(found, inputs, row, column)
    return known["gamma"] * (x - known["mean"]) / math.sqrt(known["variance"] + known["epsilon"]) + known["beta"]


def passed_on(found, inputs, row, column):
    return inputs[0] if inputs.ndim == 1 else inputs[0, row, column]


BY_HAND = {
    Operation.CONVOLUTION: weighted_window,
    Operation.DEPTHWISE: weighted_window,
    Operation.MAX_POOL: pooled(max),
    Operation.AVERAGE_POOL: pooled(lambda values: sum(values) / len(values)),
    Operation.GLOBAL_AVERAGE_POOL: lambda found, inputs, row, column: inputs[0].mean(),
    Operation.DENSE: dense,
    Operation.SOFTMAX: softmax,
    Operation.BATCH_NORM: normalised,
    Operation.ADDITION: lambda found, inputs, row, column: inputs[0, row, column] + inputs[1, row, column],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_step_is_computed_as_keras_does(name, digit):
    network = NETWORKS[name]
    weights = random_weights(network)
    scaled, found = scaled_and_found(network, weights, digit)
    expected = keras_steps(network, weights, np.ascontiguousarray(scaled[np.newaxis]))
    np.testing.assert_allclose(scaled[..., 0], digit / 255, atol=1e-7)
    before, probabilities = expected.pop("output")
    expected |= {LOGITS: (before, before), "output": (probabilities, probabilities)}
    for step in steps_of(network):
        keras_name = {f"{step.layer}_depthwise": None}.get(step.name, step.name)
        if step.operation is Operation.ADDITION:
            expected[step.name] = (expected[f"{step.name}_add"][1], expected[step.name][1])
        if keras_name is None:
            continue  # inside Keras' separable convolution; what follows from it is compared
        for own, keras in zip((found[step.name].before, found[step.name].values), expected[step.name], strict=True):
            scale = max(1.0, np.abs(keras).max())
            if step.operation is Operation.ACTIVATION and own is found[step.name].before:
                continue  # its input, compared there
            np.testing.assert_allclose(own, keras, atol=CLOSE * scale, rtol=0, err_msg=step.name)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_numbers_of_every_computation_add_up_to_the_value(name, digit):
    network = NETWORKS[name]
    weights = random_weights(network)
    scaled, found = scaled_and_found(network, weights, digit)
    for step in steps_of(network):
        values = found[step.name].before
        for channel in {0, values.shape[-1] - 1}:
            shown = computation(weights, scaled, found, step.name, channel)
            side = shown.values.shape[0] if shown.values.ndim else 1
            for row, column in {(0, 0), (side - 1, side - 1), (side // 2, 0), (0, side - 1), (side // 3, side // 2)}:
                value = float(shown.before[row, column] if shown.before.ndim else shown.before)
                expected = by_hand(shown, row, column)
                assert value == pytest.approx(expected, abs=2e-5), (step.name, channel, row, column)


def test_the_channels_that_are_left_out_are_in_the_rest(digit, monkeypatch):
    monkeypatch.setattr("mnist_core.network.computation.MAX_MAP_NUMBERS", 3 * 26 * 26)
    network = Architecture(layers=(Conv(filters=8), Conv(filters=2), GlobalAveragePool()))
    weights = random_weights(network)
    scaled, found = scaled_and_found(network, weights, digit)
    shown = computation(weights, scaled, found, "conv_2", 1)
    assert (len(shown.sources), shown.n_rest) == (3, 5)
    for place in ((0, 0), (11, 7)):
        assert by_hand(shown, *place) == pytest.approx(float(found["conv_2"].before[(*place, 1)]), abs=2e-5)


def test_a_wide_dense_unit_has_its_largest_terms_of_both_signs_and_the_rest_as_one(digit):
    network = Architecture(layers=(Flatten(), Dense(units=3)))
    weights = random_weights(network)
    scaled, found = scaled_and_found(network, weights, digit)
    shown = computation(weights, scaled, found, "dense_1", 2)
    terms = scaled.reshape(-1).astype(np.float64) * weights["dense_1/kernel"][:, 2]
    wanted = set(np.argsort(terms)[: MAX_TERMS // 2]) | set(np.argsort(-terms)[: MAX_TERMS // 2])
    assert set(shown.sources) == wanted
    assert shown.n_rest == 784 - MAX_TERMS
    assert float(shown.rest) == pytest.approx(terms.sum() - terms[list(wanted)].sum(), abs=1e-6)


def test_weights_that_are_not_numbers_stay_none(digit):
    network = Architecture(layers=(Conv(filters=2), Activate(), Flatten(), Dense(units=3)))
    weights = random_weights(network)
    weights["conv_1/kernel"] = weights["conv_1/kernel"].copy()
    weights["conv_1/kernel"][1, 1, 0, 0] = np.nan
    scaled, found = scaled_and_found(network, weights, digit)
    for step in steps_of(network):
        shown = computation(weights, scaled, found, step.name, 0)
        assert np.isnan(shown.values).any(), step.name
    assert np.isnan(computation(weights, scaled, found, "conv_1", 0).kernels).sum() == 1
