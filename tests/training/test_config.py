"""Configurations: to JSON and back, and errors that name the faulty key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mnist_core.errors import ConfigError
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.settings import TrainingSettings


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_survives_json(name: str) -> None:
    config = config_from_recipe(name, dataset="mnist", seed=3, limit=100)
    again = ExperimentConfig.from_json(json.dumps(config.to_dict(), allow_nan=False))
    assert again == config
    assert again.training.epochs == RECIPES[name].epochs


def test_overrides_replace_the_recipe_and_none_keeps_it() -> None:
    config = config_from_recipe("two-conv", dataset="mnist", epochs=3, batch_size=None)
    assert (config.training.epochs, config.training.batch_size) == (3, 128)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": 0}, "Invalid value for `epochs`. Expected an integer from 1 to 10000. Received: 0."),
        ({"epochs": 2.5}, "Invalid value for `epochs`. Expected an integer from 1 to 10000. Received: 2.5."),
        ({"epochs": True}, "`epochs`"),
        ({"epochs": "abc"}, "`epochs`"),
        ({"learning_rate": 0}, "Expected a number above 0 and up to 10. Received: 0."),
        ({"learning_rate": float("nan")}, "`learning_rate`"),
        ({"learning_rate": 1e9}, "`learning_rate`"),
        ({"batch_size": -1}, "`batch_size`"),
        ({"optimizer": "magic"}, "Expected one of sgd, adam, adamw, rmsprop, lion"),
        ({"seed": -1}, "`seed`"),
        ({"seed": 2**70}, "`seed`"),
        ({"class_weighting": "custom", "class_weights": [1, 2]}, "Expected ten numbers"),
        ({"class_weighting": "custom", "class_weights": [0] * 10}, "at least one weight above 0"),
        ({"momentum": 1.0}, "`momentum`"),
        ({"nesterov": True}, "a momentum above 0"),
        ({"augmentation": {"wobble": 1}}, "Unknown key `wobble`"),
        ({"wobble": 1}, "Unknown key `wobble` in `training`"),
    ],
)
def test_a_bad_setting_is_named_with_what_was_expected_and_received(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainingSettings.from_dict(change)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"schema": 99}',
        '{"schema": "1"}',
        "[" * 5000,
        '{"a":' * 5000,
        "{}",
        b"\xff",
        "NaN",
        '{"\\ud800": 1}',
        '{"dataset": "\\ud800", "architecture": {"layers": []}}',
    ],
)
def test_what_is_no_configuration_is_refused_in_one_line(document: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ExperimentConfig.from_json(document)
    assert "\n" not in str(caught.value)
    assert str(caught.value).encode()  # can be sent to a browser


def test_a_newer_schema_says_which_one_is_read() -> None:
    with pytest.raises(ConfigError, match=r"`schema`. Expected 1\b.*Received: 2\."):
        ExperimentConfig.from_dict(config_from_recipe("two-conv", dataset="mnist").to_dict() | {"schema": 2})


def test_a_file_too_long_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ConfigError, match="at most 1 MB"):
        ExperimentConfig.from_json(" " * 2_000_000)


def test_an_unknown_recipe_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"There is no recipe `magic`. Expected one of: three-conv, "):
        config_from_recipe("magic", dataset="mnist")
