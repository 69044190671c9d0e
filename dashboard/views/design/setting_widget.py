"""One setting as the widget that fits it; allowed range, label and help come from its `FieldSpec`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.shared.setting_words import EMPTY, choice_words, help_words
from dashboard.state.session import set_widget_value, widget_value
from dashboard.widgets.markdown import escape_markdown
from mnist_core.fields import FieldSpec

EXACT = 2**53
"""Below it, a float from the browser is exactly the whole number that was typed."""


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

    The widget is set only where `value` differs from what it shows, for example after a recipe was loaded: setting it
    at every rerun would discard what a person is typing.

    Args:
        problem: why the last change was rejected, in one sentence; `value` is then the one before.
    """
    shown = _SHOWN[spec.kind](value) if value is not None else None
    if widget_value(key) != shown:
        set_widget_value(key, shown)

    def changed() -> None:
        on_change(_as_typed(widget_value(key)))

    common: dict[str, Any] = {"key": key, "on_change": changed, "disabled": disabled}
    with st.container(key=f"{key}.field", gap="xxsmall"):
        _WIDGETS[spec.kind](spec, {**common, "help": help_words(spec)})
        if problem is not None:
            st.caption(f":red[{escape_markdown(problem)}]")


def _as_typed(value: Any) -> Any:
    """-7 rather than -7.0, so that an error message quotes what was typed."""
    is_whole = isinstance(value, float) and abs(value) < EXACT and value.is_integer()
    return int(value) if is_whole else value


def _choice(spec: FieldSpec, common: dict[str, Any]) -> None:
    st.selectbox(spec.label, spec.choices, format_func=choice_words, **common)


def _flag(spec: FieldSpec, common: dict[str, Any]) -> None:
    st.toggle(spec.label, **common)


def _number(spec: FieldSpec, common: dict[str, Any]) -> None:
    # Without bounds and with empty allowed, so that every input arrives here and an invalid one gets a message. With
    # bounds, the widget would show an invalid number while the valid one before it is used.
    st.number_input(
        spec.label,
        value=None,
        step=float(spec.step or 0.1),
        format="%.0f" if spec.kind == "integer" else "%g",
        placeholder=EMPTY.get(common["key"].removeprefix("design."), "off") if spec.optional else "",
        **common,
    )


_WIDGETS: dict[str, Callable[[FieldSpec, dict[str, Any]], None]] = {
    "choice": _choice,
    "flag": _flag,
    "integer": _number,
    "real": _number,
}
_SHOWN: dict[str, Callable[[Any], Any]] = {"choice": str, "flag": bool, "integer": float, "real": float}
