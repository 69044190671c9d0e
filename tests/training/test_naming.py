"""Names that tell networks apart; the expected words are written out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mnist_core.data.augmentation import Augmentation
from mnist_core.data.scaling import Scaling
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import AveragePool, Dense, Dropout, Layer
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.naming import differences_from_recipe, network_name


@pytest.fixture
def two_conv() -> ExperimentConfig:
    return config_from_recipe("two-conv", dataset="mnist-sample")


def with_layers(config: ExperimentConfig, *layers: Layer) -> ExperimentConfig:
    return replace(config, architecture=Architecture(layers=layers))


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_an_unchanged_recipe_is_called_by_its_name_on_any_data(name: str) -> None:
    for dataset in ("mnist", "mnist-sample", "fashion-mnist"):
        assert network_name(config_from_recipe(name, dataset=dataset)) == name


def test_a_changed_layer_is_named_with_its_setting(two_conv: ExperimentConfig) -> None:
    first, *others = two_conv.architecture.layers
    assert network_name(with_layers(two_conv, replace(first, filters=4), *others)) == "two-conv · conv_1 4 filters"
    assert network_name(with_layers(two_conv, replace(first, filters=1), *others)) == "two-conv · conv_1 1 filter"
    assert network_name(with_layers(two_conv, replace(first, stride=2), *others)) == "two-conv · conv_1 stride 2"


def test_added_and_removed_layers_are_named(two_conv: ExperimentConfig) -> None:
    layers = two_conv.architecture.layers
    assert network_name(with_layers(two_conv, *layers, Dropout())) == "two-conv · with dropout"
    assert network_name(with_layers(two_conv, layers[0], *layers[2:])) == "two-conv · without max pooling"


def test_a_changed_setting_is_named_in_words(two_conv: ExperimentConfig) -> None:
    changes = {
        "learning_rate": (0.01, "learning rate 0.01"),
        "seed": (3, "seed 3"),
        "epochs": (1, "1 epoch"),
        "deterministic": (True, "with deterministic"),
        "gradient_clip": (0.5, "gradient clipping 0.5"),
        "augmentation": (Augmentation(rotation_degrees=10.0), "rotation 10 degrees"),
    }
    for name, (value, words) in changes.items():
        changed = replace(two_conv, training=replace(two_conv.training, **{name: value}))
        assert network_name(changed) == f"two-conv · {words}"
    assert network_name(replace(two_conv, limit=1000)) == "two-conv · 1,000 images"
    other = next(scaling for scaling in Scaling if scaling is not two_conv.scaling)
    assert network_name(replace(two_conv, scaling=other)) == f"two-conv · scaling {other}"


def test_many_changes_are_counted(two_conv: ExperimentConfig) -> None:
    training = replace(two_conv.training, learning_rate=0.01, batch_size=7, seed=3)
    three = network_name(replace(two_conv, training=training))
    assert three == "two-conv · batch size 7 · learning rate 0.01 · seed 3"
    four = network_name(replace(two_conv, limit=50, training=training))
    assert four == "two-conv · 50 images · batch size 7 · 2 more changes"


def test_a_layer_that_is_replaced_or_moved_is_one_change(two_conv: ExperimentConfig) -> None:
    conv, pool, *others = two_conv.architecture.layers
    replaced = with_layers(two_conv, conv, AveragePool(), *others)
    assert network_name(replaced) == "two-conv · average pooling instead of max pooling"
    moved = with_layers(two_conv, *others, conv, pool)
    assert list(differences_from_recipe(moved)) == ["convolution moved", "max pooling moved"]
    doubled = with_layers(two_conv, pool, conv, conv, *others)
    assert list(differences_from_recipe(doubled)) == ["max pooling moved", "with convolution"]


def test_what_follows_from_another_change_is_not_counted(two_conv: ExperimentConfig) -> None:
    augmented = Augmentation(rotation_degrees=10.0, shift_pixels=1.0, scale_fraction=0.1)
    both = replace(two_conv, training=replace(two_conv.training, epochs=2, augmentation=augmented))
    assert network_name(both) == "two-conv · 2 epochs · with augmentation"
    idle = {"step_epochs": 9, "step_factor": 0.1, "momentum": 0.9, "nesterov": True, "last_augmented_epoch": 3}
    assert network_name(replace(two_conv, training=replace(two_conv.training, **idle))) == "two-conv"
    champion = config_from_recipe("champion", dataset="mnist")
    plain = replace(champion, training=replace(champion.training, epochs=2, augmentation=Augmentation()))
    assert network_name(plain) == "champion · 2 epochs · without augmentation"


def test_a_network_without_a_recipe_is_called_by_its_size() -> None:
    config = ExperimentConfig(architecture=Architecture(layers=(Dense(units=8),)))
    assert network_name(config) == "own network · 1 layer"
    assert network_name(replace(config, recipe="from-elsewhere")) == "from-elsewhere · 1 layer"
