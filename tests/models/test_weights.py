from __future__ import annotations

import math

import pytest

from mnist_core.errors import ArchitectureError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import BatchNorm, Conv, Dense, Flatten, Residual, SeparableConv
from mnist_core.models.recipes import RECIPES
from mnist_core.models.weights import weight_shapes


def test_shapes_are_those_of_the_layers():
    network = Architecture(layers=(Conv(filters=4, kernel_size=5), BatchNorm(), Flatten(), Dense(units=7)))
    assert dict(weight_shapes(network)) == {
        "conv_1/kernel": (5, 5, 1, 4),
        "conv_1/bias": (4,),
        "batch_norm_1/gamma": (4,),
        "batch_norm_1/beta": (4,),
        "batch_norm_1/moving_mean": (4,),
        "batch_norm_1/moving_variance": (4,),
        "dense_1/kernel": (24 * 24 * 4, 7),
        "dense_1/bias": (7,),
        "output/kernel": (7, 10),
        "output/bias": (10,),
    }


@pytest.mark.parametrize(
    "network",
    [
        *(recipe.architecture for recipe in RECIPES.values()),
        Architecture(layers=(SeparableConv(filters=3), Residual(filters=3), Residual(filters=5), Flatten())),
    ],
)
def test_all_weights_together_are_the_parameters(network):
    assert sum(math.prod(shape) for shape in weight_shapes(network).values()) == network.parameters


def test_a_stack_that_cannot_be_built_has_no_weights():
    with pytest.raises(ArchitectureError):
        weight_shapes(Architecture(layers=(Dense(),)))
