"""A receptive field is what a value reads: pixels are made "not a number", and what that reaches is noted."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import AveragePool, Conv, Flatten, MaxPool, Padding, Residual, SeparableConv
from mnist_core.network.feature_maps import step_values
from mnist_core.network.receptive_fields import receptive_fields, window_spans
from mnist_core.network.steps import INPUT, Operation, steps_of
from mnist_core.network.trace import run_steps
from tests.network.every_step import NETWORKS
from tests.network.test_forward import random_weights

SAME = Padding.SAME
FURTHER = {
    "large strides": Architecture(
        layers=(Conv(filters=2, kernel_size=5, stride=3, padding=SAME), Conv(filters=2, kernel_size=2), Flatten())
    ),
    "gaps": Architecture(layers=(Conv(filters=1, kernel_size=1, stride=3), Conv(filters=1), Flatten())),
    "whole image": Architecture(layers=(Conv(filters=2, kernel_size=28), Flatten())),
    "odd pooling": Architecture(
        layers=(MaxPool(size=3), SeparableConv(filters=2, stride=2, padding=SAME), AveragePool(), Flatten())
    ),
    "deep": Architecture(layers=(*(Residual(filters=2) for _ in range(2)), MaxPool(), Residual(filters=2), Flatten())),
}


def read_pixels(network, weights):
    """For each step and each place of its output (unit or position): which pixels it reads, bool (places, 28, 28)."""
    images = np.random.default_rng(0).random((784, 28, 28, 1), dtype=np.float32)
    images[np.arange(784), np.arange(784) // 28, np.arange(784) % 28] = np.nan
    for output in run_steps(network, weights, images):
        reached = np.isnan(output.values)
        reached = reached.any(axis=-1).reshape(784, -1) if reached.ndim == 4 else reached
        yield output.step, reached.T.reshape(-1, 28, 28)


def hull(pixels):
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return (rows[0], rows[-1]), (columns[0], columns[-1])


@pytest.mark.parametrize("name", [*NETWORKS, *FURTHER])
def test_a_field_is_the_smallest_square_around_what_is_read(name):
    network = (NETWORKS | FURTHER)[name]
    weights, fields = random_weights(network), receptive_fields(network)
    for step, pixels in read_pixels(network, weights):
        spans = fields[step.name]
        for place, seen in enumerate(pixels):
            if step.is_image:
                row, column = divmod(place, step.output_shape[1])
            elif len(spans) > 1:  # flatten, and what keeps its units
                channels = len(pixels) // len(spans) ** 2
                row, column = divmod(place // channels, len(spans))
            else:
                row = column = 0
            assert hull(seen) == (spans[row], spans[column]), (step.name, place)


def test_only_pixels_in_the_field_change_a_value():
    network = NETWORKS["convolutions"]
    weights, fields = random_weights(network), receptive_fields(network)
    base = np.random.default_rng(1).random((1, 28, 28, 1), dtype=np.float32)
    others = np.repeat(base, 784, axis=0)
    others[np.arange(784), np.arange(784) // 28, np.arange(784) % 28] += 3
    for name in ("conv_3", "max_pool_1"):
        before = step_values(network, weights, base, name)
        # How a sum is rounded depends on the number of images that are computed together.
        changed = (np.abs(step_values(network, weights, others, name) - before) > 1e-5).any(axis=-1)
        assert changed.any()
        for pixel, row, column in np.argwhere(changed):
            (top, bottom), (left, right) = fields[name][row], fields[name][column]
            assert top <= pixel // 28 <= bottom
            assert left <= pixel % 28 <= right


def test_window_spans_are_those_of_the_steps_own_input():
    for network in NETWORKS.values():
        for step in steps_of(network):
            if step.operation in (Operation.MAX_POOL, Operation.AVERAGE_POOL) and step.inputs == (INPUT,):
                assert window_spans(step) == receptive_fields(network)[step.name]
