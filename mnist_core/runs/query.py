"""Questions to the index: a small language of filters, and the order of a list.

    recipe=two-conv   test_accuracy>=0.99   tag=best   learning_rate<0.01   name~first   starred=yes   limit=none

A filter is a field, one of the comparisons `=`, `!=`, `>=`, `<=`, `>`, `<` and `~` (contains), and a value. Several
filters all have to hold. A share may be written as a percentage. Only the names of `FIELDS` become part of an SQL
statement; what a person has typed is always a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnist_core.data.augmentation import Augmentation
from mnist_core.errors import ConfigError
from mnist_core.fields import FieldSpec, specs_of
from mnist_core.runs.index_rows import TAG_MARK
from mnist_core.runs.record import RunStatus
from mnist_core.training.settings import TrainingSettings

FILTER = re.compile(r"\s*([a-z_0-9.]{1,60})\s*(!=|>=|<=|=|>|<|~)\s*(.{0,200}?)\s*", re.DOTALL)
NUMBER = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?)\s*(%?)")
NOTHING = "none"
"""The value of a setting that is off."""
YES_NO = {"yes": 1, "true": 1, "1": 1, "no": 0, "false": 0, "0": 0}
WORDS = {"=": "IS", "!=": "IS NOT"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """What a list of runs can be filtered and sorted by.

    Attributes:
        sql: the expression in the index, written by us.
        kind: "text", "number", "flag" or "tags".
        has_none: whether `none` is one of its values, rather than what says that it is off.
    """

    sql: str
    kind: str
    has_none: bool = False


def _setting(name: str, spec: FieldSpec) -> Field:
    kinds = {"integer": "number", "real": "number", "flag": "flag"}
    sql = f"json_extract(settings, '$.\"{name}\"')"
    return Field(sql=sql, kind=kinds.get(spec.kind, "text"), has_none=NOTHING in spec.choices)


FIELDS: Mapping[str, Field] = {
    **{name: _setting(name, spec) for name, spec in specs_of(TrainingSettings).items()},
    **{f"augmentation.{name}": _setting(f"augmentation.{name}", spec) for name, spec in specs_of(Augmentation).items()},
    **{name: Field(sql=f"json_extract(settings, '$.{name}')", kind=kind)
       for name, kind in (("scaling", "text"), ("limit", "number"), ("layers", "number"))},
    **{name: Field(sql=name, kind="text")
       for name in ("run_id", "title", "name", "status", "recipe", "dataset", "sha256", "note", "repeat_key")},
    **{name: Field(sql=name, kind="number")
       for name in ("parameters", "epochs", "epochs_done", "best_epoch", "validation_accuracy", "validation_loss",
                    "test_accuracy", "test_loss", "train_seconds", "images_per_second", "seed")},
    "created": Field(sql="run_id", kind="text"),
    "starred": Field(sql="is_starred", kind="flag"),
    "archived": Field(sql="is_archived", kind="flag"),
    "tag": Field(sql="tags", kind="tags"),
}  # fmt: skip
"""Every field by its name in a filter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One filter: a field of `FIELDS`, a comparison, and the value in the type of the field."""

    field: str
    comparison: str
    value: str | float | None

    def sql(self) -> tuple[str, tuple[Any, ...]]:
        """The condition in SQL, with its parameters."""
        field = FIELDS[self.field]
        if field.kind == "tags":
            found = "instr(tags, ?) > 0" if self.comparison == "=" else "instr(tags, ?) = 0"
            return found, (f"{TAG_MARK}{self.value}{TAG_MARK}",)
        if self.comparison == "~":
            return f"{field.sql} LIKE ? ESCAPE '\\'", (contains(str(self.value)),)
        return f"{field.sql} {WORDS.get(self.comparison, self.comparison)} ?", (self.value,)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunQuery:
    """Which runs, in which order.

    Attributes:
        conditions: all of them hold.
        text: words that title, id, recipe, data set, tags or note contain.
        statuses: any of them; empty for all.
        sort: a name in `FIELDS`. Runs without a value come last, whatever the order; of equal ones, the newest first.
        limit, offset: the part of the list; None for all.
    """

    conditions: tuple[Condition, ...] = ()
    text: str = ""
    statuses: tuple[RunStatus, ...] = ()
    sort: str = "created"
    is_descending: bool = True
    limit: int | None = None
    offset: int = 0

    def where(self) -> tuple[str, tuple[Any, ...]]:
        """The part of an SQL statement after WHERE, with its parameters; damaged runs are left out."""
        parts = ["reason IS NULL"]
        values: list[Any] = []
        for condition in self.conditions:
            part, more = condition.sql()
            parts.append(part)
            values += more
        for word in self.text.casefold().split():
            parts.append("search LIKE ? ESCAPE '\\'")
            values.append(contains(word))
        if self.statuses:
            parts.append(f"status IN ({', '.join('?' * len(self.statuses))})")
            values += [status.value for status in self.statuses]
        return " AND ".join(parts), tuple(values)

    def order(self) -> str:
        """The parts ORDER BY, LIMIT and OFFSET of an SQL statement."""
        by, direction = FIELDS[self.sort].sql, "DESC" if self.is_descending else "ASC"
        first = "" if by == "run_id" else f"{by} IS NULL, {by} {direction}, "
        last = direction if by == "run_id" else "DESC"
        return f"{first}run_id {last} {self.part()}"

    def part(self) -> str:
        """The parts LIMIT and OFFSET."""
        return f"LIMIT {-1 if self.limit is None else int(self.limit)} OFFSET {int(self.offset)}"


def equal(field: str, value: str | float | None) -> Condition:
    """The condition that a field has this value."""
    return Condition(field=field, comparison="=", value=value)


def parse_filter(text: str) -> Condition:
    """The condition in a text such as `test_accuracy>=0.99`.

    Raises:
        ConfigError: it is not a filter, names no field, or its value is not of the kind of the field.
    """
    match = FILTER.fullmatch(text)
    if match is None:
        expected = "a field, a comparison and a value, such as `recipe=two-conv` or `tag=best`"
        words = "Write a filter as a field, a comparison and a value, such as recipe=two-conv."
        raise ConfigError.invalid("filter", expected=expected, received=text, words=words)
    name, comparison, value = match.groups()
    field = _field(name)
    allowed = {"number": ("=", "!=", ">=", "<=", ">", "<"), "text": ("=", "!=", "~")}.get(field.kind, ("=", "!="))
    if comparison not in allowed:
        expected = f"one of {' '.join(allowed)}"
        words = f"Compare {name} by {expected}"
        raise ConfigError.invalid(f"comparison of {name}", expected=expected, received=comparison, words=words)
    return Condition(field=name, comparison=comparison, value=_value(name, field, value))


def checked_sort(text: str) -> str:
    """The name of a field to sort by.

    Raises:
        ConfigError: there is no such field.
    """
    name = text.strip()
    if _field(name).kind == "tags":
        raise ConfigError.invalid("sort", expected="a field with one value for each run", received=name)
    return name


def contains(text: str) -> str:
    """The pattern of SQL's LIKE for texts that contain `text`."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _field(name: str) -> Field:
    if name not in FIELDS:
        words = f"No score or setting is called {name:.40}. Examples are recipe, test_accuracy, learning_rate and tag."
        raise ConfigError.invalid("field", expected="one of " + ", ".join(sorted(FIELDS)), received=name, words=words)
    return FIELDS[name]


def _value(name: str, field: Field, text: str) -> str | float | None:
    if field.kind == "tags":
        return text
    if text == NOTHING and not field.has_none:
        return None
    if field.kind == "text":
        return text
    if field.kind == "flag":
        if text.lower() not in YES_NO:
            raise ConfigError.invalid(name, expected="yes or no", received=text, words=f"Use yes or no for {name}.")
        return YES_NO[text.lower()]
    number = NUMBER.fullmatch(text)
    if number is None:
        raise ConfigError.invalid(name, expected="a number", received=text, words=f"Use a number for {name}.")
    return float(number[1]) / (100 if number[2] else 1)
