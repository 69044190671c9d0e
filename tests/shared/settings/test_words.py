"""An error in a form, a file or a link is said in the words of the form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from enum import StrEnum
from typing import Any

import pytest

from dashboard.shared.settings.words import error_words
from mnist_core.data.augmentation import Augmentation
from mnist_core.errors import ConfigError, FieldError
from mnist_core.fields import specs_of
from mnist_core.models.layers import LAYERS
from mnist_core.training.config import ExperimentConfig, config_from_recipe
from mnist_core.training.settings import TrainingSettings

DESIGN = config_from_recipe("two-conv", dataset="mnist-sample").to_dict()
SETTINGS = {
    **{("training", name): spec for name, spec in specs_of(TrainingSettings).items()},
    **{("training", "augmentation", name): spec for name, spec in specs_of(Augmentation).items()},
    **{(name,): spec for name, spec in specs_of(ExperimentConfig).items()},
}


def refused(*path: Any, value: Any) -> ConfigError:
    """The error of a design with `value` at `path`."""
    document = json.loads(json.dumps(DESIGN))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ConfigError) as caught:
        ExperimentConfig.from_dict(document)
    return caught.value


def schema_names() -> Iterator[str]:
    """Names of fields and values that are not words: with an underscore."""
    for kind in (ExperimentConfig, TrainingSettings, Augmentation, *LAYERS.values()):
        for item in fields(kind):
            yield item.name
            if (spec := item.metadata.get("spec")) is not None and spec.enum is not None:
                yield from (str(member) for member in spec.enum)


SCHEMA = sorted({name for name in schema_names() if "_" in name})


def assert_in_a_persons_words(words: str) -> None:
    assert not re.search(r"null|None|`|\btrue\b|\bfalse\b|object|integer|schema", words), words
    assert [name for name in SCHEMA if name in words] == []
    assert len(words) < 300


@pytest.mark.parametrize("path", list(SETTINGS), ids=".".join)
@pytest.mark.parametrize("value", [-3, "?", [], None], ids=["below", "text", "list", "nothing"])
def test_a_value_that_a_setting_does_not_accept_names_it_by_its_label(path: tuple[str, ...], value: Any) -> None:
    spec = SETTINGS[path]
    is_fine = (value is None and spec.optional) or (value == "?" and spec.kind == "text")
    if is_fine:
        return
    error = refused(*path, value=value)
    assert isinstance(error, FieldError)
    words = error_words(error)
    assert words.startswith(f"{spec.label}: ")
    assert_in_a_persons_words(words)
    assert path[-1] in str(error)  # the command line keeps the names that its users type


def test_too_few_images_are_said_with_both_ways_out() -> None:
    words = error_words(refused("limit", value=8))
    assert [fact in words for fact in ("20", "8", "empty")] == [True] * 3


def test_a_setting_of_a_layer_is_found_by_its_number() -> None:
    words = error_words(refused("architecture", "layers", 2, "filters", value=0))
    assert words.startswith("Layer 3, filters: ")
    assert_in_a_persons_words(words)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("architecture",), 3),
        (("architecture",), {"layers": "conv"}),
        (("architecture", "layers", 0), "conv"),
        (("architecture", "layers", 0, "kind"), "capsule"),
        (("architecture", "layers", 0, "colour"), 1),
        (("training", "class_weights"), [1, 2]),
        (("training", "nesterov"), True),
        (("training",), []),
        (("schema",), 9),
        (("more",), 1),
    ],
    ids=str,
)
def test_what_is_no_setting_is_said_without_the_schema(path: tuple[Any, ...], value: Any) -> None:
    error = refused(*path, value=value)
    assert error_words(error) != str(error)
    assert_in_a_persons_words(error_words(error))


def test_every_choice_has_a_name() -> None:
    """No value of an enum is its own name on screen, unless it is a word."""
    from dashboard.shared.settings.words import choice_words

    for kind in (ExperimentConfig, TrainingSettings, *LAYERS.values()):
        for spec in specs_of(kind).values():
            if spec.enum is not None and issubclass(spec.enum, StrEnum):
                assert [member for member in spec.enum if "_" in choice_words(member)] == []
