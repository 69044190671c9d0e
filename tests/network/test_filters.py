from __future__ import annotations

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Flatten, GlobalAveragePool, Residual, SeparableConv
from mnist_core.models.weights import weight_shapes
from mnist_core.network.filters import common_limit, filter_banks, filter_statistics


def weights_of(architecture, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in weight_shapes(architecture).items()}


def test_every_convolution_has_its_bank_in_the_order_of_the_network():
    network = Architecture(layers=(Conv(filters=4), SeparableConv(filters=5), Residual(filters=6), GlobalAveragePool()))
    weights = weights_of(network)
    banks = filter_banks(network, weights)
    assert {bank.name: bank.kernels.shape for bank in banks} == {
        "conv_1/kernel": (3, 3, 1, 4),
        "separable_conv_1/depthwise_kernel": (3, 3, 1, 4),
        "separable_conv_1/pointwise_kernel": (1, 1, 4, 5),
        "residual_1_conv_1/kernel": (3, 3, 5, 6),
        "residual_1_conv_2/kernel": (3, 3, 6, 6),
        "residual_1_projection/kernel": (1, 1, 5, 6),
    }
    depthwise = banks[1].kernels
    np.testing.assert_array_equal(depthwise[:, :, 0, 2], weights["separable_conv_1/depthwise_kernel"][:, :, 2, 0])
    assert not any(bank.kernels.flags.writeable for bank in banks)
    assert weights["conv_1/kernel"].flags.writeable


def test_one_scale_holds_the_largest_weight_of_all():
    network = Architecture(layers=(Conv(filters=4), Conv(filters=2), Flatten()))
    weights = weights_of(network)
    weights["conv_2/kernel"][0, 0, 0, 0] = -9
    banks = filter_banks(network, weights)
    assert banks[0].limit == pytest.approx(np.abs(weights["conv_1/kernel"]).max())
    assert common_limit(banks) == banks[1].limit == 9


def test_a_network_without_convolutions_has_no_banks():
    network = Architecture(layers=(Flatten(),))
    assert filter_banks(network, weights_of(network)) == ()
    assert common_limit(()) == 0


def test_statistics_agree_with_a_count_by_hand():
    kernels = np.zeros((2, 2, 1, 4), np.float32)
    kernels[..., 0] = np.array([[[3], [0]], [[0], [-4]]])
    kernels[..., 1] = np.array([[[6], [0]], [[0], [-8]]])  # twice the first
    kernels[..., 2] = np.array([[[-3], [0]], [[0], [4]]])  # its opposite
    first, second, third, fourth = filter_statistics(kernels)
    assert (first.norm, first.mean, first.smallest, first.largest, first.sparsity) == (5, -0.25, -4, 3, 0.5)
    assert (first.duplicate_of, second.duplicate_of, third.duplicate_of) == (None, 0, None)
    assert second.similarity == pytest.approx(1)
    assert [item.is_faint for item in (first, second, third, fourth)] == [False, False, False, True]
    assert (fourth.norm, fourth.sparsity, fourth.similarity) == (0, 1, 0)


def test_a_single_filter_has_no_similarity():
    (only,) = filter_statistics(np.ones((3, 3, 1, 1), np.float32))
    assert (only.similarity, only.duplicate_of, only.is_faint) == (0, None, False)
