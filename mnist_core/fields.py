"""Settings with their allowed range, label and help.

A frozen dataclass declares its fields with `integer`, `real`, `choice`, `flag` or `text`. The constructor enforces the
allowed ranges (`check_fields` in `__post_init__`), the forms of the dashboard show them (`spec_of`), and `to_dict` and
`from_dict` convert to and from JSON. Every range is thus written once.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from mnist_core.errors import ConfigError, FieldError

T = TypeVar("T")

UNREADABLE = "A part of the design is missing or cannot be read. Export the design again where it was made."


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldSpec:
    """The values that a field accepts, and how it is presented."""

    kind: str  # "integer", "real", "choice", "flag" or "text"
    label: str
    help: str
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    enum: type[StrEnum] | None = None
    optional: bool = False  # None is allowed: off, or no value
    above_low: bool = False  # `low` itself is excluded
    below_high: bool = False  # `high` itself is excluded
    basic: bool = False  # one of the few settings that are always shown
    max_length: int | None = None

    @property
    def expected(self) -> str:
        """The expected values, for an error message."""
        off = ", or empty (null) for off" if self.optional else ""
        match self.kind:
            case "integer":
                return f"an integer from {self.low:g} to {self.high:.0f}{off}"
            case "real" if self.above_low or self.below_high:
                left = f"above {self.low:g}" if self.above_low else f"from {self.low:g}"
                right = f"below {self.high:g}" if self.below_high else f"up to {self.high:g}"
                return f"a number {left} and {right}{off}"
            case "real":
                return f"a number from {self.low:g} to {self.high:g}{off}"
            case "choice":
                return "one of " + ", ".join(self.choices) + off
            case "flag":
                return "true or false"
            case _:
                return f"text of at most {self.max_length} characters{off}"

    def parse(self, value: Any, name: str) -> Any:
        """`value` in the type of the field, or a FieldError that names the field."""
        if value is None and self.optional or (self.enum is not None and type(value) is self.enum):
            return value
        parsed = _PARSERS[self.kind](self, value)
        if parsed is None:
            raise FieldError(name, self, value)
        return parsed


def _parse_integer(spec: FieldSpec, value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return int(value) if _inside(spec, value) else None


def _parse_real(spec: FieldSpec, value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if _inside(spec, value) else None


def _inside(spec: FieldSpec, value: float) -> bool:
    low, high = spec.low, spec.high
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if low is not None and (value < low or (spec.above_low and value == low)):
        return False
    return not (high is not None and (value > high or (spec.below_high and value == high)))


def _parse_choice(spec: FieldSpec, value: Any) -> Any:
    return _members(spec.enum).get(value) if spec.enum is not None and isinstance(value, str) else None


@cache
def _members(enum: type[StrEnum]) -> Mapping[str, StrEnum]:
    """The members by their text: faster than a call of the class, of which a run takes six."""
    return {member.value: member for member in enum}


def _parse_flag(spec: FieldSpec, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _parse_text(spec: FieldSpec, value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= (spec.max_length or 80) else None


_PARSERS = {
    "integer": _parse_integer,
    "real": _parse_real,
    "choice": _parse_choice,
    "flag": _parse_flag,
    "text": _parse_text,
}


def integer(default: int | None, *, low: int, high: int, label: str, help: str, step: int = 1, **more: Any) -> Any:
    """A whole-number field from `low` to `high`, both included."""
    return _field(default, FieldSpec(kind="integer", low=low, high=high, step=step, label=label, help=help, **more))


def real(
    default: float | None, *, low: float, high: float, label: str, help: str, step: float | None = None, **more: Any
) -> Any:
    """A number field from `low` to `high` (`above_low`, `below_high` exclude an end)."""
    return _field(default, FieldSpec(kind="real", low=low, high=high, step=step, label=label, help=help, **more))


def choice(default: StrEnum | None, enum: type[StrEnum], *, label: str, help: str, **more: Any) -> Any:
    """A field that is a member of `enum`."""
    names = tuple(member.value for member in enum)
    return _field(default, FieldSpec(kind="choice", choices=names, enum=enum, label=label, help=help, **more))


def flag(default: bool, *, label: str, help: str, **more: Any) -> Any:
    """A yes-or-no field."""
    return _field(default, FieldSpec(kind="flag", label=label, help=help, **more))


def text(default: str | None, *, label: str, help: str, max_length: int = 80, **more: Any) -> Any:
    """A short free text."""
    return _field(default, FieldSpec(kind="text", label=label, help=help, max_length=max_length, **more))


def _field(default: Any, spec: FieldSpec) -> Any:
    return field(default=default, metadata={"spec": spec})


_SPECS: dict[type, Mapping[str, FieldSpec]] = {}
"""Remembered, because every value that is made asks for them: thousands of times when runs are listed."""


def specs_of(cls: type) -> Mapping[str, FieldSpec]:
    """The specification of every field of `cls` that has one, in order."""
    found = _SPECS.get(cls)
    if found is None:
        found = {item.name: item.metadata["spec"] for item in fields(cls) if "spec" in item.metadata}
        _SPECS[cls] = MappingProxyType(found)
    return found


def spec_of(cls: type, name: str) -> FieldSpec:
    """The specification of one field."""
    return specs_of(cls)[name]


@cache
def _checks_of(cls: type) -> tuple[tuple[str, FieldSpec, Any], ...]:
    """Name, specification and default of every field that has a specification."""
    return tuple((item.name, item.metadata["spec"], item.default) for item in fields(cls) if "spec" in item.metadata)


def check_fields(instance: Any, prefix: str = "") -> None:
    """Enforce every specification of a frozen dataclass; to be called in its `__post_init__`.

    Raises:
        ConfigError: names the first field that is outside its allowed range.
    """
    for name, spec, default in _checks_of(type(instance)):  # type: ignore[arg-type]
        value = getattr(instance, name)
        if type(value) is type(default) and value == default:
            continue  # most settings of most runs, of which thousands are listed
        parsed = spec.parse(value, prefix + name)
        if parsed is not value:
            object.__setattr__(instance, name, parsed)


def as_integer(value: object) -> int | None:
    """An integer of Python or numpy as an `int`; None for anything else, such as a float or a bool."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def checked_integer(value: object, name: str, *, low: int, high: int | None = None) -> int:
    """`value` as an `int` in this range.

    Raises:
        ConfigError: it is no integer, or out of range.
    """
    number = as_integer(value)
    if number is None or number < low or (high is not None and number > high):
        expected = f"an integer from {low}" + ("" if high is None else f" to {high}")
        raise ConfigError.invalid(name, expected=expected, received=value)
    return number


def to_dict(value: Any) -> Any:
    """`value` in JSON's types: dataclasses become objects, tuples lists, enums their text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_dict(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, list | tuple):
        return [to_dict(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_dict(item) for key, item in value.items()}
    return value


def from_dict(cls: type[T], data: Any, where: str) -> T:
    """An instance of the flat dataclass `cls` from a JSON object; missing keys take their defaults.

    Raises:
        ConfigError: `data` is not an object, or has an unknown key or a value outside its allowed range.
    """
    known = known_keys(data, _names_of(cls), where)  # type: ignore[arg-type]
    specs = specs_of(cls)
    return cls(
        **{key: specs[key].parse(item, f"{where}.{key}") if key in specs else item for key, item in known.items()}
    )


@cache
def _names_of(cls: type) -> frozenset[str]:
    """What the constructor takes; `__dataclass_fields__` also has the constants of a class, such as its title."""
    return frozenset(item.name for item in fields(cls) if item.init)


def known_keys(data: Any, names: Collection[str], where: str) -> Mapping[str, Any]:
    """`data` if it is a JSON object whose keys are all in `names`.

    Raises:
        ConfigError: `data` is not an object, or has an unknown key, which is named.
    """
    if not isinstance(data, Mapping):
        raise ConfigError.invalid(where, expected="an object", received=data, words=UNREADABLE)
    for key in data:
        if key not in names:
            name = " ".join(str(key).split())[:60]
            expected = f"one of: {', '.join(sorted(names))}" if names else "no settings there"
            raise ConfigError(
                f"Unknown key `{name}` in `{where}`. Expected {expected}.",
                words=f"This version of MNIST Studio has no setting called {name}.",
            )
    return data
