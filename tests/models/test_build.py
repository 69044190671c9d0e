from __future__ import annotations

import numpy as np
import pytest

from mnist_core.errors import ArchitectureError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import BatchNorm, Conv, Flatten, MaxPool, Residual, SeparableConv
from mnist_core.models.recipes import RECIPES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def build(keras):
    from mnist_core.models import build

    return build


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_agrees_with_keras_layer_by_layer(build, name):
    architecture = RECIPES[name].architecture
    model = build.build_model(architecture)
    assert model.count_params() == architecture.parameters
    for row in architecture.rows:
        layer = model.get_layer(row.name)
        assert tuple(layer.output.shape[1:]) == row.output_shape, row.name
        own = [part for part in model.layers if part.name == row.name or part.name.startswith(f"{row.name}_")]
        assert sum(part.count_params() for part in own) == row.parameters, row.name


def test_weights_are_named_by_layer_and_kind(build):
    model = build.build_model(Architecture(layers=(SeparableConv(), BatchNorm(), Residual(filters=4), Flatten())))
    names = [build.weight_name(variable) for variable in model.weights]
    assert len(set(names)) == len(names)
    assert {
        "separable_conv_1/depthwise_kernel",
        "separable_conv_1/pointwise_kernel",
        "separable_conv_1/bias",
        "batch_norm_1/gamma",
        "batch_norm_1/beta",
        "batch_norm_1/moving_mean",
        "batch_norm_1/moving_variance",
        "residual_1_conv_1/kernel",
        "residual_1_batch_norm_2/gamma",
        "residual_1_projection/kernel",
        "output/kernel",
        "output/bias",
    } <= set(names)


def test_a_stack_that_cannot_be_built_is_refused_before_keras_is_asked(build):
    with pytest.raises(ArchitectureError, match="Layer 5"):
        build.build_model(Architecture(layers=(MaxPool(),) * 5))


def test_probabilities_are_float32_also_in_mixed_precision(keras, build):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build.build_model(Architecture(layers=(Conv(filters=2), Flatten())))
    finally:
        keras.config.set_dtype_policy(before)
    assert model.get_layer("conv_1").compute_dtype == "bfloat16"
    assert np.asarray(model(np.zeros((1, 28, 28, 1), np.float32))).dtype == np.float32
