"""One setting as the widget that fits it; allowed range, label and help come from its `FieldSpec`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.shared.settings.words import EMPTY, choice_words, help_words
from dashboard.state.session import widget_key, widget_value
from dashboard.widgets.markdown import escape_markdown
from mnist_core.fields import FieldSpec

EXACT = 2**53
"""Below it, a float from the browser is exactly the whole number that was typed."""
MAX_LENGTH = 30  # of a number that is typed as a text
_GROUPED = re.compile(r"[+-]?\d{1,3}([,'’_ \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*(?:\.\d*)?", re.ASCII)
"""A number with its thousands apart: 3,000 as on our pages, or with spaces of any width, apostrophes, underscores."""


def setting_widget(
    spec: FieldSpec,
    value: Any,
    *,
    key: str,
    on_change: Callable[[Any], None],
    problem: str | None = None,
    disabled: bool = False,
) -> None:
    """Show `value`; when the person changes it, `on_change` gets what the browser sent, not yet validated.

    Args:
        key: of the container around the widget is `<key>.field`.
        problem: why the last change was rejected, in one sentence; `value` is then the one before.
    """
    shown: Any = _SHOWN[spec.kind](value) if value is not None else None
    widget = _key(spec, shown, key)

    def changed() -> None:
        on_change(_as_typed(widget_value(widget), spec))

    common: dict[str, Any] = {"key": widget, "on_change": changed, "disabled": disabled, "help": help_words(spec)}
    with st.container(key=f"{key}.field", gap="xxsmall"):
        if spec.kind == "choice":
            _choice(spec, shown, common)
        elif spec.kind == "flag":
            st.toggle(spec.label, shown, **common)
        elif spec.optional:
            _optional_number(spec, shown, EMPTY.get(key.rpartition(".")[2], "off"), common)
        else:
            _number(spec, shown, common)
        if problem is not None:
            st.caption(f":red[{escape_markdown(problem)}]")


def _key(spec: FieldSpec, shown: Any, key: str) -> str:
    """The key of a widget that shows the value as its default; what was typed for the same number may stay."""
    return widget_key(key, shown, is_same=lambda sent, value: _as_typed(sent, spec) == value)


def _as_typed(value: Any, spec: FieldSpec) -> Any:
    """-7 rather than -7.0, so that an error message quotes what was typed; for a text, the number that it says."""
    if spec.optional and isinstance(value, str):
        value = _number_in(value, spec)
    is_whole = isinstance(value, float) and abs(value) < EXACT and value.is_integer()
    return int(value) if is_whole else value


def _number_in(text: str, spec: FieldSpec) -> float | str | None:
    """The number that a text says; None if it is empty; the text itself if it says none."""
    plain = text.strip()
    if not plain:
        return None
    try:
        return float(_without_commas(plain, spec)) if len(plain) <= MAX_LENGTH else plain
    except ValueError:
        return plain


def _without_commas(text: str, spec: FieldSpec) -> str:
    """3000 for 3,000. Where a number may have decimals, a comma stands before these: 0,125 is an eighth."""
    if spec.kind != "integer":
        text = text.replace(",", ".")
    grouped = _GROUPED.fullmatch(text)
    return text.replace(grouped[1], "") if grouped else text


def _choice(spec: FieldSpec, shown: str, common: dict[str, Any]) -> None:
    choices = tuple(spec.choices)
    st.selectbox(spec.label, choices, choices.index(shown), format_func=choice_words, **common)


def _number(spec: FieldSpec, shown: float, common: dict[str, Any]) -> None:
    # Without bounds, so that every number arrives here and an invalid one gets a message. With bounds, the widget would
    # show an invalid number while the valid one before it is used.
    # "%g" for whole numbers too: a field that shows 2.5 as 3 sends 3 when it loses the focus, which is a valid number.
    st.number_input(spec.label, value=shown, step=float(spec.step or 0.1), format="%g", **common)


def _optional_number(spec: FieldSpec, shown: float | None, empty: str, common: dict[str, Any]) -> None:
    # A text field: a field of numbers that has a default cannot be emptied.
    text = "" if shown is None else f"{shown:.0f}" if spec.kind == "integer" else repr(shown).removesuffix(".0")
    st.text_input(spec.label, text, placeholder=empty, **common)


_SHOWN: dict[str, Callable[[Any], Any]] = {"choice": str, "flag": bool, "integer": float, "real": float}
