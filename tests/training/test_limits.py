from __future__ import annotations

from dataclasses import replace

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Dense, Flatten, MaxPool
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.limits import accident, images_that_train, memory_of, shown_limits

GIGABYTE = 10**9


def with_training(config: ExperimentConfig, **values: object) -> ExperimentConfig:
    return replace(config, training=replace(config.training, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_may_be_started_on_a_small_laptop(name: str) -> None:
    config = config_from_recipe(name, dataset="mnist")
    assert accident(config, train_images=60_000, free_bytes=4 * GIGABYTE) is None


def test_a_stack_that_cannot_be_built_is_the_first_obstacle() -> None:
    config = ExperimentConfig(architecture=Architecture(layers=(Flatten(), MaxPool())))
    found = accident(config, train_images=60_000, free_bytes=1)
    assert found is not None
    assert "Layer 2 (max pooling) cannot be built" in str(found)


def test_a_batch_larger_than_the_training_images_is_all_of_them() -> None:
    """As `train --limit 100` trains a recipe whose batches have 128."""
    config = replace(config_from_recipe("two-conv", dataset="mnist-sample"), limit=100)
    large, all_of_them = with_training(config, batch_size=100_000), with_training(config, batch_size=90)
    assert accident(large, train_images=4_000, free_bytes=4 * GIGABYTE) is None
    assert memory_of(large, 4_000) == memory_of(all_of_them, 4_000)


def test_memory_stays_below_sixty_percent_of_the_free_memory() -> None:
    config = with_training(config_from_recipe("mini-vgg", dataset="mnist"), batch_size=20_000)
    needed = memory_of(config, 60_000).total_bytes
    assert accident(config, train_images=60_000, free_bytes=int(needed / 0.59)) is None
    found = accident(config, train_images=60_000, free_bytes=int(needed / 0.61))
    assert found is not None
    assert "too much memory" in str(found)


def test_optimizers_that_store_more_need_more_memory() -> None:
    config = config_from_recipe("two-conv", dataset="mnist")
    weights = [
        memory_of(with_training(config, **values), 60_000).weight_bytes
        for values in ({"optimizer": "sgd"}, {"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "adam"})
    ]
    assert weights == [421_642 * 4 * copies for copies in (2, 3, 4)]


def test_validation_images_are_not_counted_as_training_images() -> None:
    config = config_from_recipe("two-conv", dataset="mnist")
    assert images_that_train(config, 60_000) == 54_000
    assert images_that_train(replace(config, limit=100), 60_000) == 90


def test_every_limit_has_a_reason() -> None:
    assert {limit.what for limit in shown_limits()} == {"Parameters", "Layers", "Memory", "Epochs"}
    assert all(limit.most and limit.reason.endswith(".") for limit in shown_limits())


def test_too_many_parameters_are_refused() -> None:
    config = ExperimentConfig(architecture=Architecture(layers=(Flatten(), Dense(units=8192), Dense(units=8192))))
    assert "too many parameters" in str(accident(config, train_images=60_000))
