"""One setting as the widget that fits it; limits, label and help come from its `FieldSpec`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.state.session import set_widget_value, widget_value
from dashboard.widgets.markdown import escape_markdown
from mnist_core.fields import FieldSpec

WORDS = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "lion": "Lion",
    "one_cycle": "One cycle",
    "l2_rows": "Columns to length 1",
    "unit": "0 to 1",
    "sparse_categorical_crossentropy": "Sparse cross-entropy",
    "categorical_crossentropy": "Categorical cross-entropy",
    "float32": "float32",
    "mixed_bfloat16": "mixed bfloat16",
    "auto": "Automatic: the faster one",
    "none": "All the same",
}
"""How choices are called on screen, where their own name with a capital letter would not do."""

EXACT = 2**53
"""Below it, a float of the browser is the whole number that was typed."""


def setting_widget(
    spec: FieldSpec,
    value: Any,
    *,
    key: str,
    on_change: Callable[[Any], None],
    problem: str | None = None,
    disabled: bool = False,
) -> None:
    """Show `value`; when the person changes it, `on_change` gets what the browser sent, which is not checked yet.

    The widget follows `value`, which may have come from elsewhere. It is written to only then: that would take away
    what a person is typing.

    Args:
        problem: a sentence on why the last change could not be made; `value` is then what it was before.
    """
    shown = _SHOWN[spec.kind](value) if value is not None else None
    if widget_value(key) != shown:
        set_widget_value(key, shown)

    def changed() -> None:
        on_change(_as_typed(widget_value(key)))

    common: dict[str, Any] = {"key": key, "on_change": changed, "disabled": disabled}
    with st.container(gap="xxsmall", key=f"{key}.field"):
        _WIDGETS[spec.kind](spec, {**common, "help": f"{spec.help} Accepts {spec.expected}."})
        if problem is not None:
            st.caption(f":red[{escape_markdown(problem)}]")


def _as_typed(value: Any) -> Any:
    """-7 rather than -7.0, so that a complaint about it quotes what was typed."""
    is_whole = isinstance(value, float) and abs(value) < EXACT and value.is_integer()
    return int(value) if is_whole else value


def words_of(choice: str) -> str:
    """A choice as it is called on screen."""
    return WORDS.get(choice, choice.replace("_", " ").capitalize())


def _choice(spec: FieldSpec, common: dict[str, Any]) -> None:
    st.selectbox(spec.label, spec.choices, format_func=words_of, **common)


def _flag(spec: FieldSpec, common: dict[str, Any]) -> None:
    st.toggle(spec.label, **common)


def _number(spec: FieldSpec, common: dict[str, Any]) -> None:
    # Without limits and with empty allowed, so that whatever is typed comes here: the core then names what is wrong,
    # and the field shows again what holds. Left to itself, the widget would show one number while another is used.
    st.number_input(
        spec.label,
        value=None,
        step=float(spec.step or 0.1),
        format="%.0f" if spec.kind == "integer" else "%g",
        placeholder="off" if spec.optional else "",
        **common,
    )


_WIDGETS: dict[str, Callable[[FieldSpec, dict[str, Any]], None]] = {
    "choice": _choice,
    "flag": _flag,
    "integer": _number,
    "real": _number,
}
_SHOWN: dict[str, Callable[[Any], Any]] = {"choice": str, "flag": bool, "integer": float, "real": float}
