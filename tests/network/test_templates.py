from __future__ import annotations

import numpy as np
import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Activation, Dense, Dropout, Flatten, MaxPool
from mnist_core.models.recipes import RECIPES
from mnist_core.models.weights import weight_shapes
from mnist_core.network.forward import activations
from mnist_core.network.templates import pixel_templates


def weights_of(architecture: Architecture) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(7)
    return {
        name: generator.normal(size=shape).astype(np.float32) for name, shape in weight_shapes(architecture).items()
    }


def test_a_template_multiplied_with_the_image_is_what_the_unit_computes() -> None:
    architecture = Architecture(layers=(Flatten(), Dropout(), Dense(units=5, activation=Activation.LINEAR)))
    weights = weights_of(architecture)
    image = np.random.default_rng(1).random((1, 28, 28, 1), np.float32)
    found = pixel_templates(architecture, weights)
    assert found is not None
    assert found.layer == "dense_1"
    products = (found.images * image[0, :, :, 0]).sum(axis=(1, 2)) + weights["dense_1/bias"]
    np.testing.assert_allclose(products, activations(architecture, weights, image)["dense_1"][0], rtol=1e-4, atol=1e-4)
    assert found.limit == pytest.approx(np.abs(weights["dense_1/kernel"]).max())


def test_the_templates_of_a_softmax_regression_are_those_of_the_ten_classes() -> None:
    architecture = RECIPES["softmax-regression"].architecture
    found = pixel_templates(architecture, weights_of(architecture))
    assert found is not None
    assert (found.layer, found.images.shape) == ("output", (10, 28, 28))
    assert not found.images.flags.writeable


def test_a_layer_whose_inputs_are_not_pixels_has_none() -> None:
    for architecture in (RECIPES["two-conv"].architecture, Architecture(layers=(MaxPool(), Flatten(), Dense()))):
        assert pixel_templates(architecture, weights_of(architecture)) is None
