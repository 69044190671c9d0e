from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.designs.links import (
    _DICTIONARY,
    MAX_LINK_LENGTH,
    MAX_UNPACKED_BYTES,
    config_from_link,
    config_to_link,
)
from mnist_core.errors import ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import LAYERS, Conv, Flatten, MaxPool
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.settings import KeptWeights


def link_of(document: bytes) -> str:
    packer = zlib.compressobj(9, zdict=_DICTIONARY)
    return "1" + base64.urlsafe_b64encode(packer.compress(document) + packer.flush()).decode().rstrip("=")


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_comes_back_from_a_short_link(name: str) -> None:
    config = config_from_recipe(name, dataset="mnist")
    link = config_to_link(config)
    assert config_from_link(link) == config
    assert len(link) < 200  # one line of a message, whatever a recipe sets


def test_the_largest_network_fits_into_a_link() -> None:
    kinds = [kind() for kind in LAYERS.values()]
    layers = tuple(replace(Conv(), filters=i + 1) if i % 2 else kinds[i % len(kinds)] for i in range(60))
    config = ExperimentConfig(architecture=Architecture(layers=layers))
    assert config_from_link(config_to_link(config)) == config
    assert len(config_to_link(config)) < MAX_LINK_LENGTH / 2


def test_a_network_that_cannot_be_built_can_be_sent() -> None:
    config = ExperimentConfig(architecture=Architecture(layers=(Flatten(), MaxPool())))
    assert config_from_link(config_to_link(config)) == config


def test_a_link_of_today_opens_tomorrow() -> None:
    """Written when version 1 was made; if this fails, links that people keep no longer open."""
    kept = "1ePn7kPmXG0oZmOJcNJzyr9EQy7-jGZe6GRcArxlCew"
    assert config_from_link(kept) == config_from_recipe("two-conv", dataset="mnist")


@given(st.text(max_size=60))
def test_any_other_text_is_refused_with_an_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"The (design|configuration)"):
        config_from_link(text)


def test_a_link_that_is_cut_off_is_refused() -> None:
    link = config_to_link(config_from_recipe("mini-vgg", dataset="mnist"))
    for length in range(len(link)):
        with pytest.raises(ConfigError):
            config_from_link(link[:length])


def test_a_small_link_cannot_unpack_to_much() -> None:
    bomb = link_of(b" " * (MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < MAX_LINK_LENGTH
    with pytest.raises(ConfigError, match="cannot be read"):
        config_from_link(bomb)


def test_a_long_link_is_refused_unread() -> None:
    with pytest.raises(ConfigError, match="too long"):
        config_from_link("1" + "A" * MAX_LINK_LENGTH)


def test_a_later_version_is_named() -> None:
    with pytest.raises(ConfigError, match="version 2"):
        config_from_link("2abc")


def test_the_field_that_is_wrong_is_named() -> None:
    document = config_from_recipe("two-conv", dataset="mnist").to_dict()
    document["training"]["epochs"] = -1
    with pytest.raises(ConfigError, match="Invalid value for `(training.)?epochs`"):
        config_from_link(link_of(json.dumps(document).encode()))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ConfigError, match="nested too deeply"):
        config_from_link(link_of(b"[" * 5000 + b"]" * 5000))


@pytest.mark.parametrize("changes", [{"kept_weights": KeptWeights.LAST}, {"last_augmented_epoch": 3}])
def test_settings_that_came_later_are_in_the_link_where_they_say_something(changes: dict[str, Any]) -> None:
    design = config_from_recipe("lenet-5", dataset="mnist")
    changed = replace(design, training=replace(design.training, **changes))
    assert config_from_link(config_to_link(changed)) == changed
    assert config_from_link(config_to_link(design)) == design
