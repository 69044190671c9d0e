from __future__ import annotations

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Flatten
from mnist_core.models.memory import FRAMEWORK_BYTES, memory_problem, training_memory
from mnist_core.models.recipes import RECIPES

NETWORK = Architecture(layers=(Flatten(), Dense(units=100)))


def test_the_estimate_adds_up_by_hand():
    estimate = training_memory(NETWORK, 50, images=1000)
    assert estimate.weight_bytes == (784 * 100 + 100 + 1010) * 16
    assert estimate.activation_bytes == 2 * 50 * 4 * (784 + 100 + 10)
    assert estimate.data_bytes == 1000 * 784 * 5
    parts = (FRAMEWORK_BYTES, estimate.weight_bytes, estimate.activation_bytes, estimate.data_bytes)
    assert estimate.total_bytes == sum(parts)


def test_plain_sgd_and_bfloat16_take_less():
    full = training_memory(NETWORK, 50)
    less = training_memory(NETWORK, 50, optimizer_copies=0, is_bfloat16=True)
    assert less.weight_bytes * 2 == full.weight_bytes
    assert less.activation_bytes * 2 == full.activation_bytes


@pytest.mark.parametrize(
    ("name", "batch_size", "measured_megabytes"),  # peak of four training steps with Adam, TensorFlow 2.21
    [("two-conv", 128, 893), ("two-conv", 1024, 1267), ("mini-resnet", 256, 1116), ("mini-vgg", 512, 1189)],
)
def test_the_estimate_is_near_what_was_measured(name, batch_size, measured_megabytes):
    estimate = training_memory(RECIPES[name].architecture, batch_size)
    assert estimate.total_bytes / 1e6 == pytest.approx(measured_megabytes, rel=0.3)


def test_the_error_for_too_little_memory_has_the_numbers_and_a_remedy():
    estimate = training_memory(RECIPES["mini-vgg"].architecture, 50_000)
    assert memory_problem(estimate, 10 * estimate.total_bytes) is None
    sentence = str(memory_problem(estimate, 4_000_000_000))
    assert "most of it for activations: choose a smaller batch" in sentence
    assert "at most 2.4 GB" in sentence
    assert "60%" in sentence
    assert f"Received: {estimate.total_bytes / 1e9:.1f} GB." in sentence
