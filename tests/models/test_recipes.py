from __future__ import annotations

import pytest

from mnist_core.data.scaling import Scaling
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import config_from_recipe
from mnist_core.training.settings import KeptWeights, Precision, Schedule

# name: parameters, scaling, loss, optimizer, epochs, batch size, published test accuracy: from the projects themselves
PUBLISHED = {
    "three-conv": (79_306, "l2_rows", "sparse_categorical_crossentropy", "adam", 5, 32, 0.9789),
    "sgd-cnn": (225_034, "unit", "categorical_crossentropy", "sgd", 10, 32, None),
    "dropout-cnn": (232_650, "unit", "categorical_crossentropy", "adam", 10, 64, 0.9907),
    "two-conv": (421_642, "unit", "categorical_crossentropy", "adam", 20, 128, 0.9907),
    "deep-mlp": (109_386, "unit", "categorical_crossentropy", "adam", 20, 128, 0.9823),
    "standardised-mlp": (118_282, "standardised", "categorical_crossentropy", "sgd", 25, 32, 0.9770),
    "softmax-regression": (7_850, "unit", "categorical_crossentropy", "sgd", 10, 32, None),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_recipe_is_the_published_experiment(name):
    recipe = RECIPES[name]
    figures = (recipe.parameters, recipe.scaling, recipe.loss, recipe.optimizer, recipe.epochs, recipe.batch_size)
    assert (*figures, recipe.published_test_accuracy) == PUBLISHED[name]
    assert recipe.learning_rate == {"adam": 0.001, "sgd": 0.01}[recipe.optimizer]


def test_lenet_has_the_parameters_of_its_layers():
    by_hand = (25 + 1) * 6 + (25 * 6 + 1) * 16 + (400 + 1) * 120 + (120 + 1) * 84 + (84 + 1) * 10
    assert RECIPES["lenet-5"].parameters == by_hand


def test_speedrun_has_the_parameters_of_its_layers_and_its_own_schedule():
    by_hand = (25 + 1) * 40 + (9 * 40 + 1) * 80 + (4 * 4 * 80 + 1) * 96 + (96 + 1) * 10
    assert RECIPES["speedrun"].parameters == by_hand
    training = config_from_recipe("speedrun", dataset="mnist").training
    assert (training.schedule, training.precision, training.epochs) == (Schedule.ONE_CYCLE, Precision.AUTO, 2)


def test_champion_has_the_parameters_of_its_layers_and_augments():
    convolutions = (9 + 1) * 32 + (9 * 32 + 1) * (32 + 64) + (9 * 64 + 1) * 96 + (9 * 96 + 1) * 192
    normalised = 4 * (32 + 96 + 192)
    assert RECIPES["champion"].parameters == convolutions + normalised + (2 * 2 * 192 + 1) * 10
    training = config_from_recipe("champion", dataset="mnist").training
    augmentation = training.augmentation
    assert (augmentation.rotation_degrees, augmentation.shift_pixels, augmentation.noise) == (15, 2, 0)
    assert (training.kept_weights, training.last_augmented_epoch, training.epochs) == (KeptWeights.LAST, 13, 15)


def test_the_published_recipes_keep_a_constant_learning_rate():
    for name in PUBLISHED:
        assert RECIPES[name].further_settings == {}
        assert config_from_recipe(name, dataset="mnist").training.schedule is Schedule.CONSTANT


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_every_recipe_can_be_built_and_says_what_it_claims(recipe):
    recipe.architecture.validate()
    assert RECIPES[recipe.name] is recipe
    assert isinstance(recipe.scaling, Scaling)
    for sentence in (recipe.published_note, recipe.flaw):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    if recipe.published_test_accuracy is not None:
        assert f"{100 * recipe.published_test_accuracy:.2f}%" in recipe.published_note


def test_what_was_not_published_is_marked_as_assumed():
    assert {name for name, recipe in RECIPES.items() if recipe.assumed} == {
        "sgd-cnn",
        "lenet-5",
        "mini-vgg",
        "mini-resnet",
    }
