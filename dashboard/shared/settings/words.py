"""Settings in a person's words: choices, allowed ranges, and what to enter instead of an invalid value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mnist_core.errors import ConfigError, FieldError, shown
from mnist_core.fields import FieldSpec

CHOICES = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "lion": "Lion",
    "one_cycle": "One cycle",
    "l2_rows": "L2-normalised columns",
    "unit": "0 to 1",
    "sparse_categorical_crossentropy": "Sparse cross-entropy",
    "categorical_crossentropy": "Categorical cross-entropy",
    "float32": "float32",
    "mixed_bfloat16": "mixed bfloat16",
    "auto": "Automatic (the faster one)",
    "none": "Equal",
    "best": "Best epoch",
    "last": "Last epoch",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "tanh": "tanh",
    "tpe": "TPE",
    "halving": "Successive halving",
    "multiply_adds": "Multiply-adds",
}
"""Names of choices on screen, where the capitalised value would not do."""

UNITS = {"limit": " images"}
EMPTY = {"limit": "all"}
"""What an empty field means; elsewhere it is "off"."""


def choice_words(choice: str) -> str:
    """Name of a choice on screen."""
    return CHOICES.get(choice, choice.replace("_", " ").capitalize())


def help_words(spec: FieldSpec) -> str:
    """Help of a setting, with the allowed range of a number."""
    return f"{spec.help} Allowed range: {range_words(spec)}." if spec.kind in ("integer", "real") else spec.help


def range_words(spec: FieldSpec) -> str:
    """The allowed range of a number: "1 to 10,000", "above 0, up to 10"."""
    form = ",.0f" if spec.kind == "integer" else "g"
    low, high = (format(bound or 0, form) for bound in (spec.low, spec.high))
    if not (spec.above_low or spec.below_high):
        return f"{low} to {high}"
    return f"{'above' if spec.above_low else 'from'} {low}, {'below' if spec.below_high else 'up to'} {high}"


def what_to_enter(name: str, spec: FieldSpec, value: Any) -> str:
    """What to enter into the field `name` instead of the invalid `value`."""
    unit, empty = UNITS.get(name, ""), f", or leave it empty for {EMPTY.get(name, 'off')}" if spec.optional else ""
    if spec.kind == "text":
        return f"Use a text of at most {spec.max_length} characters{empty}."
    if spec.kind not in ("integer", "real"):
        return f"Choose one of: {', '.join(map(choice_words, spec.choices)) or 'on, off'}{empty}."
    if unit and isinstance(value, int | float) and value < (spec.low or 0):
        return f"Use at least {spec.low:,.0f}{unit}{empty}."
    number = "a whole number" if spec.kind == "integer" else "a number"
    return f"Use {number}{unit and f' of{unit}'}{_separator(spec)}{range_words(spec)}{empty}."


def error_words(error: Exception) -> str:
    """An error as the screen says it: settings by their labels and choices by their names, as in the forms."""
    if isinstance(error, FieldError):
        return _field_words(error)
    return error.words if isinstance(error, ConfigError) and error.words else str(error)


def _field_words(error: FieldError) -> str:
    """The setting, what to enter, and what was there: in a file or a link, it is not before one's eyes."""
    *_, name = error.path.split(".")
    layer = re.search(r"layers\[(\d+)\]", error.path)
    place = f"Layer {int(layer[1]) + 1}, {_lower(error.spec.label)}" if layer else error.spec.label
    advice = _lower(what_to_enter(name, error.spec, error.received))
    found = "nothing" if error.received is None else shown(error.received)
    return f"{place}: {advice} Received: {found}."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def invalid_words(specs: Mapping[str, FieldSpec], values: Mapping[str, Any], now: object) -> str | None:
    """What to enter instead of the first of `values` that its field does not accept; None if all are accepted.

    Args:
        now: has the values that stay, as attributes: the field shows them again, so the sentence says what was typed.
    """
    for name, value in values.items():
        if name in specs:
            try:
                specs[name].parse(value, name)
            except ConfigError:
                return _refusal(what_to_enter(name, specs[name], value), value, getattr(now, name, None))
    return None


def _refusal(advice: str, typed: Any, kept: Any) -> str:
    """The advice, with what was typed before it and what is used instead after it."""
    before = f"{typed:,.10g} cannot be used: {_lower(advice)}" if _is_number(typed) else advice
    return f"{before} {kept:,.10g} is kept." if _is_number(kept) else before


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _separator(spec: FieldSpec) -> str:
    """What stands before the range: "a number from 0 to 1", but "a number above 0, up to 10"."""
    return " " if spec.above_low or spec.below_high else " from "
