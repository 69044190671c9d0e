"""The space of a search: a base design, and for some of its settings a range or a list of values.

{"schema": 1, "base": {...a configuration...}, "dimensions": [
    {"setting": "learning_rate", "low": 0.0001, "high": 0.01, "log": true},
    {"setting": "conv_1.filters", "low": 8, "high": 64, "step": 8},
    {"setting": "optimizer", "values": ["adam", "sgd"]},
    {"setting": "conv_2..max_pool_2.repeats", "low": 0, "high": 2}]}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from mnist_core.errors import ConfigError, shown
from mnist_core.fields import FieldSpec, known_keys, to_dict
from mnist_core.training.config import MAX_JSON_BYTES, ExperimentConfig
from mnist_core.tuning.variables import check_blocks, spec_for, value_in, with_values

SCHEMA = 1
MAX_DIMENSIONS = 40
MAX_VALUES = 100
TOLERANCE = 1e-9
"""Of the steps of a range: three times 0.1 is not exactly 0.3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """The values of a number from `low` to `high`.

    Attributes:
        log: whether each factor, rather than each difference, is equally likely to be tried.
        step: distance of the values; None for any number, and for whole numbers 1.
    """

    setting: str
    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def count(self) -> int | None:
        """How many values there are; None for any number in between."""
        if self.step is None:
            return None
        return math.floor((self.high - self.low) / self.step + TOLERANCE) + 1

    def value(self, place: int) -> float:
        """The value at a place, from 0."""
        assert self.step is not None
        number = self.low + place * self.step
        return number if isinstance(number, int) else round(number, 12)

    def nearest(self, value: float) -> float:
        """The value of a place that is nearest, or without a step the value itself."""
        return value if self.step is None else self.value(round((value - self.low) / self.step))

    def holds(self, value: Any) -> bool:
        """Whether the range has this value."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            return False
        steps = 0.0 if self.step is None else (value - self.low) / self.step
        return abs(steps - round(steps)) < TOLERANCE * 1e3

    @property
    def words(self) -> str:
        """The range on screen."""
        step = "" if self.step is None or (self.step == 1 and isinstance(self.low, int)) else f", step {self.step:g}"
        return f"{self.low:g} to {self.high:g}{step}{', log scale' if self.log else ''}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """A list of values of one setting, in JSON's types."""

    setting: str
    values: tuple[Any, ...]

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)

    def value(self, place: int) -> Any:
        """The value at a place, from 0."""
        return self.values[place]

    def holds(self, value: Any) -> bool:
        """Whether the list has this value."""
        return value in self.values

    @property
    def words(self) -> str:
        """The list on screen."""
        return ", ".join(map(_shown, self.values))


def _shown(value: Any) -> str:
    """A value as a person may type it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "off" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


Dimension = Range | Choices


@dataclass(frozen=True, kw_only=True)
class Space:
    """A base design and the dimensions of a search. Each dimension is checked against the limits of its setting.

    Raises:
        ConfigError: a dimension is not valid, or there is nothing to search.
    """

    base: ExperimentConfig
    dimensions: tuple[Dimension, ...]

    def __post_init__(self) -> None:
        self.base.validate()
        if len(self.dimensions) > MAX_DIMENSIONS:
            expected = f"at most {MAX_DIMENSIONS} dimensions"
            raise ConfigError.invalid("dimensions", expected=expected, received=len(self.dimensions))
        checked = tuple(_checked(self.base, dimension) for dimension in self.dimensions)
        settings = tuple(dimension.setting for dimension in checked)
        for setting in settings:
            if settings.count(setting) > 1:
                raise ConfigError(f"The setting `{setting}` is given twice. Expected each setting once.")
        check_blocks(self.base, settings)
        object.__setattr__(self, "dimensions", checked)
        if self.count == 1:
            raise ConfigError(
                "The space has a single point, so there is nothing to search. Expected at least one range or list."
            )

    @cached_property
    def count(self) -> int | None:
        """How many points there are; None if there are any number of them."""
        counts = [dimension.count for dimension in self.dimensions]
        return None if any(count is None for count in counts) else math.prod(count for count in counts if count)

    @property
    def base_point(self) -> dict[str, Any] | None:
        """The base design as a point; None if the space does not hold it."""
        values = {dimension.setting: to_dict(value_in(self.base, dimension.setting)) for dimension in self.dimensions}
        is_inside = all(dimension.holds(values[dimension.setting]) for dimension in self.dimensions)
        return values if is_inside else None

    def point(self, number: int) -> dict[str, Any]:
        """One of the `count` points, from 0; the last dimension changes first."""
        found: dict[str, Any] = {}
        for dimension in reversed(self.dimensions):
            assert dimension.count is not None
            number, place = divmod(number, dimension.count)
            found[dimension.setting] = dimension.value(place)
        return {dimension.setting: found[dimension.setting] for dimension in self.dimensions}

    def build(self, point: Mapping[str, Any]) -> ExperimentConfig:
        """The design at a point.

        Raises:
            ConfigError: its settings do not go together, or its network cannot be built; the message names the layer.
        """
        config = with_values(self.base, point)
        config.validate()
        return config

    def with_dimension(self, dimension: Dimension) -> Space:
        """This space with a dimension more, or another one in the place of that of the same setting."""
        others = tuple(one for one in self.dimensions if one.setting != dimension.setting)
        if len(others) == len(self.dimensions):
            return replace(self, dimensions=(*self.dimensions, dimension))
        changed = (dimension if one.setting == dimension.setting else one for one in self.dimensions)
        return replace(self, dimensions=tuple(changed))

    def without(self, setting: str) -> Space:
        """This space without the dimension of a setting.

        Raises:
            ConfigError: nothing is left to search.
        """
        return replace(self, dimensions=tuple(one for one in self.dimensions if one.setting != setting))

    def to_dict(self) -> dict[str, Any]:
        """The space in JSON's types."""
        return {
            "schema": SCHEMA,
            "base": self.base.to_dict(),
            "dimensions": [_without_defaults(dimension) for dimension in self.dimensions],
        }

    @classmethod
    def from_dict(cls, data: Any, *, base: ExperimentConfig | None = None) -> Space:
        """The space in the output of `to_dict`.

        Args:
            base: the base design where the document has none.

        Raises:
            ConfigError: says which key is unknown, missing, or has a value that is not allowed.
        """
        known = known_keys(data, {"schema", "base", "dimensions"}, "space")
        schema = known.get("schema", SCHEMA)
        if schema != SCHEMA or isinstance(schema, bool):
            expected = f"{SCHEMA}, the schema of spaces that this version of MNIST Studio reads"
            raise ConfigError.invalid("schema", expected=expected, received=schema)
        dimensions = known.get("dimensions")
        if not isinstance(dimensions, list):
            raise ConfigError.invalid("dimensions", expected="a list of ranges and lists", received=dimensions)
        own = ExperimentConfig.from_dict(known["base"]) if known.get("base") is not None else base
        if own is None:
            raise ConfigError(
                "The key `base` is missing in the space. Expected a configuration, or a recipe beside it."
            )
        found = tuple(_dimension(item, f"dimensions[{place}]") for place, item in enumerate(dimensions))
        return cls(base=own, dimensions=found)

    @classmethod
    def from_json(cls, document: bytes | str, *, base: ExperimentConfig | None = None) -> Space:
        """The space in a JSON text.

        Raises:
            ConfigError: it is too long, not JSON, or not a space.
        """
        if len(document) > MAX_JSON_BYTES:
            most = f"at most {MAX_JSON_BYTES / 1e6:g} MB"
            raise ConfigError(f"The space is too long. Expected {most}. Received: {len(document):,} bytes.")
        try:
            data = json.loads(document)
        except RecursionError:
            raise ConfigError("The space is nested too deeply.") from None
        except json.JSONDecodeError as error:
            raise ConfigError(f"The space is not JSON: {error.msg} at line {error.lineno}.") from None
        except ValueError:
            raise ConfigError("The space is not text in UTF-8, or has a number with too many digits.") from None
        return cls.from_dict(data, base=base)


def _without_defaults(dimension: Dimension) -> dict[str, Any]:
    given = to_dict(dimension)
    defaults = {item.name: item.default for item in fields(dimension)}
    return {name: value for name, value in given.items() if name == "setting" or value != defaults.get(name)}


def _dimension(data: Any, where: str) -> Dimension:
    """A range or a list in JSON's types; its values are checked by the space."""
    names = {"setting", "low", "high", "log", "step", "values"}
    known = known_keys(data, names, where)
    setting = known.get("setting")
    if not isinstance(setting, str) or len(setting) > 120:
        raise ConfigError.invalid(f"{where}.setting", expected="the name of a setting", received=setting)
    if "values" in known:
        values = known["values"]
        if len(known) > 2 or not isinstance(values, list):
            raise ConfigError.invalid(where, expected="either `values` or `low` and `high`", received=dict(known))
        return Choices(setting=setting, values=tuple(values))
    if "low" not in known or "high" not in known:
        raise ConfigError.invalid(where, expected="either `values` or `low` and `high`", received=dict(known))
    if not isinstance(known.get("log", False), bool):
        raise ConfigError.invalid(f"{where}.log", expected="true or false", received=known["log"])
    return Range(**known)


def _checked(base: ExperimentConfig, dimension: Dimension) -> Dimension:
    """A dimension with its values in the type of the setting."""
    spec = spec_for(base, dimension.setting)
    return _choices(spec, dimension) if isinstance(dimension, Choices) else _range(spec, dimension)


def _choices(spec: FieldSpec, wanted: Choices) -> Choices:
    values = tuple(to_dict(spec.parse(value, wanted.setting)) for value in wanted.values)
    if not 1 <= len(values) <= MAX_VALUES or len(set(values)) != len(values):
        expected = f"1 to {MAX_VALUES} values, all different"
        raise ConfigError.invalid(wanted.setting, expected=expected, received=list(wanted.values))
    return replace(wanted, values=values)


def _range(spec: FieldSpec, wanted: Range) -> Range:
    name = wanted.setting
    if spec.kind not in ("integer", "real"):
        raise ConfigError.invalid(
            name, expected=f"a list of values, each {spec.expected}", received=[wanted.low, wanted.high]
        )
    low, high = (_number(spec, value, name) for value in (wanted.low, wanted.high))
    if low >= high:
        received = f"{low:g} to {high:g}"
        raise ConfigError(
            f"The range of `{name}` is reversed or a single value. Expected a lower end below the upper end. "
            f"Received: {received}."
        )
    if wanted.log and low <= 0:
        raise ConfigError(f"The range of `{name}` cannot have a log scale. Expected a lower end above 0. Received: 0.")
    return replace(wanted, low=low, high=high, step=_step(spec, wanted, high - low))


def _number(spec: FieldSpec, value: Any, name: str) -> float:
    found = spec.parse(value, name)
    if found is None:
        raise ConfigError.invalid(name, expected="a number at each end of a range", received=value)
    return float(found) if spec.kind == "real" else int(found)


def _step(spec: FieldSpec, wanted: Range, width: float) -> float | None:
    step = wanted.step
    if wanted.log and (step not in (None, 1) or isinstance(step, bool)):
        raise ConfigError(f"The range of `{wanted.setting}` has both a log scale and a step. Expected one of them.")
    if step is None:
        return 1 if spec.kind == "integer" else None
    is_number = isinstance(step, int | float) and not isinstance(step, bool)
    if not is_number or not 0 < step <= width or (spec.kind == "integer" and step != int(step)):
        kind = "a whole number" if spec.kind == "integer" else "a number"
        expected = f"{kind} above 0, up to the width of the range, {width:g}"
        raise ConfigError(f"Invalid step of `{wanted.setting}`. Expected {expected}. Received: {shown(step)}.")
    return int(step) if spec.kind == "integer" else float(step)
