"""The space of a search: its limits are those of the settings, its points can be counted, and bad ones are refused."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from mnist_core.errors import ArchitectureError, ConfigError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Dropout, Flatten, MaxPool
from mnist_core.models.recipes import RECIPES
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.tuning.default_space import default_space
from mnist_core.tuning.space import Choices, Range, Space
from mnist_core.tuning.variables import FIXED, searchable, value_in, with_values

BASE = ExperimentConfig(
    architecture=Architecture(layers=(Conv(filters=4), MaxPool(), Flatten(), Dense(units=16), Dropout(rate=0.2)))
)


def dimensions(*items: dict[str, Any]) -> dict[str, Any]:
    return {"schema": 1, "base": BASE.to_dict(), "dimensions": list(items)}


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_has_a_space_around_it(recipe: str) -> None:
    base = config_from_recipe(recipe, dataset="mnist-sample")
    space = default_space(base)
    assert len(space.dimensions) >= 4
    assert space.base_point is not None
    assert space.build(space.base_point) == base
    assert Space.from_json(json.dumps(space.to_dict())) == space


@pytest.mark.parametrize(
    "setting", [name for name, spec in searchable(BASE).items() if spec.kind in ("integer", "real")]
)
def test_a_range_may_reach_the_limits_of_its_setting_and_not_beyond(setting: str) -> None:
    spec = searchable(BASE)[setting]
    low, high = spec.low or 0, spec.high or 0
    inner_low, inner_high = low + (0.001 if spec.above_low else 0), high - (0.001 if spec.below_high else 0)
    Space(base=BASE, dimensions=(Range(setting=setting, low=inner_low, high=inner_high),))
    for ends in ((low - 1, inner_high), (inner_low, high + 1)):
        with pytest.raises(ConfigError, match="Expected"):
            Space(base=BASE, dimensions=(Range(setting=setting, low=ends[0], high=ends[1]),))


def test_the_points_are_those_of_the_product_of_all_values() -> None:
    space = Space(
        base=BASE,
        dimensions=(
            Range(setting="conv_1.filters", low=2, high=8, step=3),
            Range(setting="dropout_1.rate", low=0.0, high=0.3, step=0.1),
            Choices(setting="optimizer", values=("adam", "sgd")),
        ),
    )
    wanted = set(itertools.product((2, 5, 8), (0.0, 0.1, 0.2, 0.3), ("adam", "sgd")))
    assert space.count == len(wanted) == 24
    assert {tuple(space.point(number).values()) for number in range(24)} == wanted
    assert space.base_point is None  # 4 filters are none of 2, 5, 8
    config = space.build({"conv_1.filters": 5, "dropout_1.rate": 0.1, "optimizer": "sgd"})
    assert (config.architecture.layers[0].filters, config.architecture.layers[4].rate) == (5, 0.1)  # type: ignore[attr-defined]
    assert config.training.optimizer == "sgd"


def test_numbers_without_a_step_cannot_be_counted() -> None:
    space = Space(base=BASE, dimensions=(Range(setting="learning_rate", low=1e-4, high=1e-2, log=True),))
    assert space.count is None


def test_layers_are_repeated_or_left_out_in_their_place() -> None:
    kinds = [layer.kind for layer in with_values(BASE, {"conv_1..max_pool_1.repeats": 3}).architecture.layers]
    assert kinds == ["conv", "max_pool"] * 3 + ["flatten", "dense", "dropout"]
    kinds = [layer.kind for layer in with_values(BASE, {"conv_1..max_pool_1.repeats": 0, "dropout_1.repeats": 2,
                                                        "dense_1.units": 7}).architecture.layers]  # fmt: skip
    assert kinds == ["flatten", "dense", "dropout", "dropout"]


def test_a_design_that_cannot_be_built_is_refused_with_its_layer() -> None:
    space = Space(base=BASE, dimensions=(Range(setting="conv_1..max_pool_1.repeats", low=0, high=5),))
    with pytest.raises(ArchitectureError, match=r"Layer 7 \(convolution\) cannot be built"):
        space.build({"conv_1..max_pool_1.repeats": 4})  # 28, 13, 5, 1: nothing is left


@pytest.mark.parametrize("setting", FIXED)
def test_what_would_change_the_validation_images_is_not_searched(setting: str) -> None:
    with pytest.raises(ConfigError, match="cannot be searched"):
        Space.from_dict(dimensions({"setting": setting, "values": [1, 2]}))


def test_every_setting_of_a_design_has_its_value() -> None:
    for setting in searchable(BASE):
        value_in(BASE, setting)
    assert value_in(BASE, "dense_1.units") == 16
    assert value_in(BASE, "augmentation.noise") == 0.0
    assert value_in(BASE, "conv_1.repeats") == 1


BAD = {
    "reversed": ({"setting": "learning_rate", "low": 0.1, "high": 0.01}, "reversed"),
    "one value": ({"setting": "batch_size", "low": 32, "high": 32}, "single value"),
    "unknown layer": ({"setting": "conv_9.filters", "low": 1, "high": 2}, "conv_1"),
    "unknown setting": ({"setting": "magic", "low": 1, "high": 2}, "magic"),
    "no setting": ({"low": 1, "high": 2}, "name of a setting"),
    "no values": ({"setting": "optimizer", "values": []}, "all different"),
    "twice the same": ({"setting": "optimizer", "values": ["adam", "adam"]}, "all different"),
    "unknown value": ({"setting": "optimizer", "values": ["magic"]}, "adam"),
    "a range of words": ({"setting": "optimizer", "low": "a", "high": "b"}, "a list of values"),
    "text as end": ({"setting": "batch_size", "low": "1", "high": 2}, "an integer"),
    "not a number": ({"setting": "learning_rate", "low": float("nan"), "high": 1}, "a number above 0"),
    "log from 0": ({"setting": "dropout_1.rate", "low": 0, "high": 0.5, "log": True}, "log scale"),
    "log and step": ({"setting": "batch_size", "low": 2, "high": 9, "log": True, "step": 2}, "both"),
    "log is text": ({"setting": "batch_size", "low": 2, "high": 9, "log": "yes"}, "true or false"),
    "step 0": ({"setting": "batch_size", "low": 2, "high": 9, "step": 0}, "above 0"),
    "step too wide": ({"setting": "batch_size", "low": 2, "high": 9, "step": 8}, "width of the range"),
    "step without an end": ({"setting": "learning_rate", "low": 0.1, "high": 1, "step": float("inf")}, "width of the"),
    "step not a number": ({"setting": "learning_rate", "low": 0.1, "high": 1, "step": float("nan")}, "width of the"),
    "step too long": ({"setting": "batch_size", "low": 2, "high": 9, "step": 10**400}, "width of the range"),
    "half a step": ({"setting": "batch_size", "low": 2, "high": 9, "step": 0.5}, "a whole number"),
    "range and list": ({"setting": "batch_size", "low": 2, "high": 9, "values": [1]}, "either"),
    "half a range": ({"setting": "batch_size", "low": 2}, "either"),
    "no end": ({"setting": "early_stopping_patience", "low": None, "high": 3}, "at each end"),
    "unknown key": ({"setting": "batch_size", "low": 2, "high": 3, "unit": "x"}, "Unknown key `unit`"),
    "upside down block": ({"setting": "max_pool_1..conv_1.repeats", "low": 0, "high": 2}, "ends before it begins"),
    "not an object": (["batch_size"], "an object"),
}


@pytest.mark.parametrize("item", [item for item, _ in BAD.values()], ids=list(BAD))
def test_a_bad_dimension_is_refused_in_a_sentence(item: Any) -> None:
    wanted = next(words for one, words in BAD.values() if one is item)
    with pytest.raises(ConfigError, match="Expected|cannot") as caught:
        Space.from_dict(dimensions(item))
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "not JSON"),
        (b"[]", "an object"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5_000, "too many digits"),
        (b" " * 1_100_000, "too long"),
        (b'{"schema": 2, "dimensions": []}', "schema"),
        (b'{"dimensions": 3}', "a list of ranges"),
        (b'{"dimensions": [{"setting": "batch_size", "low": 1, "high": 2}]}', "`base` is missing"),
    ],
)
def test_a_document_that_is_no_space_is_refused(document: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Space.from_json(document)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ((), "a single point"),
        (({"setting": "optimizer", "values": ["adam"]},), "a single point"),
        (({"setting": "epochs", "low": 1, "high": 2}, {"setting": "epochs", "values": [3]}), "given twice"),
        (({"setting": "conv_1.repeats", "low": 1, "high": 2},
          {"setting": "conv_1..max_pool_1.repeats", "low": 0, "high": 2}), "repeat the layer conv_1"),
        (tuple({"setting": "epochs", "values": [n]} for n in range(1, 50)), "at most 40 dimensions"),
    ],
)  # fmt: skip
def test_a_space_with_nothing_to_search_or_too_much_is_refused(items: tuple[dict[str, Any], ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Space.from_dict(dimensions(*items))
