"""A complete configuration as one value: data set, scaling, architecture and training settings."""

from __future__ import annotations

import json
import marshal
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from mnist_core.data.dataset import Indices, UInt8Array
from mnist_core.data.scaling import Scaling
from mnist_core.data.splitting import split_training
from mnist_core.errors import ConfigError
from mnist_core.fields import check_fields, choice, integer, known_keys, text, to_dict
from mnist_core.models.architecture import Architecture
from mnist_core.models.recipes import RECIPES, Recipe
from mnist_core.training.settings import TrainingSettings

T = TypeVar("T", Architecture, TrainingSettings)

SCHEMA = 1
"""Version of the JSON form of a configuration."""

MAX_JSON_BYTES = 1_000_000

MAX_REMEMBERED = 20_000
"""A larger part of a configuration, in bytes, is read again each time."""

WITHOUT_REFERENCES = 2
"""The version of marshal whose bytes depend on the values alone, not on which of them are one object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentConfig:
    """Everything that a training depends on."""

    dataset: str = text("mnist-sample", max_length=64, label="Data set", help="The images to train on.")
    recipe: str | None = text(
        None, max_length=64, optional=True, label="Recipe", help="The recipe that the design is based on, if any."
    )
    limit: int | None = integer(
        None,
        low=20,
        high=10_000_000,
        optional=True,
        label="Image limit",
        help="Use only this many training images, with the class proportions kept. Empty for all.",
    )
    scaling: Scaling = choice(
        Scaling.UNIT, Scaling, label="Scaling", help="How pixel values are converted to network inputs."
    )
    architecture: Architecture
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def __post_init__(self) -> None:
        check_fields(self)

    def validate(self) -> None:
        """Raise `ConfigError` if a network of this configuration cannot be built."""
        self.architecture.validate()

    def split(self, labels: UInt8Array) -> tuple[Indices, Indices]:
        """Row numbers of the training images, labels uint8 (N,), that train, and of those that validate.

        Raises:
            ConfigError: too few images are left to train.
        """
        training = self.training
        return split_training(labels, fraction=training.validation_fraction, seed=training.seed, limit=self.limit)

    def to_dict(self) -> dict[str, Any]:
        """The configuration in JSON's types, with its `schema`."""
        return {
            "schema": SCHEMA,
            "dataset": self.dataset,
            "recipe": self.recipe,
            "limit": self.limit,
            "scaling": self.scaling.value,
            "architecture": self.architecture.to_dict(),
            "training": to_dict(self.training),
        }

    @classmethod
    def from_dict(cls, data: Any) -> ExperimentConfig:
        """The configuration in the output of `to_dict`.

        Raises:
            ConfigError: names the key that is unknown, missing, of a newer schema or outside its allowed range.
        """
        known = dict(known_keys(data, {*cls.__dataclass_fields__, "schema"}, "config"))
        schema = known.pop("schema", SCHEMA)
        if isinstance(schema, bool) or not isinstance(schema, int) or not 1 <= schema <= SCHEMA:
            expected = f"{SCHEMA}, the schema of configurations that this version of MNIST Studio reads"
            words = "The design was made with another version of MNIST Studio, which this one cannot read."
            raise ConfigError.invalid("schema", expected=expected, received=schema, words=words)
        if "architecture" not in known:
            raise ConfigError(
                "The key `architecture` is missing in `config`. Expected an object with `layers`.",
                words="The design has no network. Export it again where it was made.",
            )
        known["architecture"] = _remembered(Architecture, known["architecture"])
        if "training" in known:
            known["training"] = _remembered(TrainingSettings, known["training"])
        return cls(**known)

    @classmethod
    def from_json(cls, document: str | bytes) -> ExperimentConfig:
        """The configuration in a JSON text of at most 1 MB.

        Raises:
            ConfigError: the text is not JSON, nested too deeply, too long, or not a configuration.
        """
        if len(document) > MAX_JSON_BYTES:
            raise ConfigError(
                f"The configuration is too long. Expected at most {MAX_JSON_BYTES / 1e6:g} MB. "
                f"Received: {len(document):,} bytes."
            )
        try:
            data = json.loads(document)
            json.dumps(data, ensure_ascii=False).encode()  # a lone surrogate could not be shown in any message
            return cls.from_dict(data)
        except RecursionError:
            raise ConfigError("The configuration is nested too deeply.") from None
        except UnicodeError:
            raise ConfigError("The configuration is not text. Expected JSON in UTF-8.") from None
        except json.JSONDecodeError as error:
            raise ConfigError(f"The configuration is not JSON: {error.msg} at line {error.lineno}.") from None
        except ConfigError:
            raise
        except ValueError:  # Python refuses to read a number of thousands of digits
            raise ConfigError("The configuration has a number with too many digits.") from None


def _remembered(kind: type[T], data: Any) -> T:
    """`kind.from_dict` of a JSON object; thousands of runs share a few, so the last ones are remembered."""
    try:
        key = marshal.dumps(data, WITHOUT_REFERENCES)
    except (TypeError, ValueError):
        return kind.from_dict(data)  # which says what is wrong
    if len(key) > MAX_REMEMBERED:
        return kind.from_dict(data)
    found: T = _read(kind, key)  # type: ignore[arg-type]  # mypy does not see that a class has a hash
    return found


@lru_cache(maxsize=1024)
def _read(kind: type[T], key: bytes) -> T:
    return kind.from_dict(marshal.loads(key))


def recipe_named(name: str) -> Recipe:
    """The recipe called `name`.

    Raises:
        ConfigError: there is none; the message lists those that exist.
    """
    if name not in RECIPES:
        raise ConfigError(f"There is no recipe `{name!s:.60}`. Expected one of: {', '.join(RECIPES)}.")
    return RECIPES[name]


def config_with(
    config: ExperimentConfig, *, dataset: str | None = None, limit: int | None = None, **training: Any
) -> ExperimentConfig:
    """A configuration with other data or training settings; `None` keeps what it has.

    Raises:
        ConfigError: a setting outside its allowed range.
    """
    document = config.to_dict()
    document["training"] |= {name: value for name, value in training.items() if value is not None}
    document |= {name: value for name, value in (("dataset", dataset), ("limit", limit)) if value is not None}
    return ExperimentConfig.from_dict(document)


def config_from_recipe(name: str, *, dataset: str, limit: int | None = None, **training: Any) -> ExperimentConfig:
    """The configuration of a recipe; keywords in `training` replace its training settings, `None` keeps the recipe's.

    Raises:
        ConfigError: no such recipe, or a setting outside its allowed range.
    """
    recipe = recipe_named(name)
    settings = recipe.training_settings() | {key: value for key, value in training.items() if value is not None}
    return ExperimentConfig(
        dataset=dataset,
        recipe=recipe.name,
        limit=limit,
        scaling=recipe.scaling,
        architecture=recipe.architecture,
        training=TrainingSettings.from_dict(settings),
    )
