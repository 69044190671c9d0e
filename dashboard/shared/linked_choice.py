"""Widgets whose value is a choice of the tab (`dashboard.state.selection`), and with it in the link of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard.state.selection import selection
from dashboard.state.session import set_widget_value, widget_value


def linked_select(
    label: str,
    options: Sequence[str],
    *,
    choice: str,
    default: str,
    words: Callable[[str], str] = str,
    resets: Sequence[str] = (),
    **more: Any,
) -> str:
    """A select box of `options`; returns the chosen one.

    Args:
        choice: name of the choice in `Selection`. The default is not written into the link.
        words: what to call an option on screen; two options must not be called the same.
        resets: further choices that lose their meaning when this one changes, such as the page.
        more: for `st.selectbox`.
    """
    key = _follow(choice, default, options)
    names = {option: words(option) for option in options}
    st.selectbox(
        label,
        options,
        format_func=lambda option: names.get(option, option),
        key=key,
        on_change=_take_over,
        args=(key, choice, default, resets),
        **more,
    )
    return chosen(choice, default, options)


def linked_segments(
    label: str,
    options: Sequence[str],
    *,
    choice: str,
    default: str,
    words: Callable[[str], str] = str,
    resets: Sequence[str] = (),
    **more: Any,
) -> str:
    """The same as buttons side by side, one of which is always pressed; `more` is for `st.segmented_control`."""
    key = _follow(choice, default, options)
    st.segmented_control(
        label,
        options,
        format_func=words,
        key=key,
        on_change=_take_over,
        args=(key, choice, default, resets),
        required=True,
        **more,
    )
    return chosen(choice, default, options)


def chosen(choice: str, default: str, options: Sequence[str]) -> str:
    """What is chosen, or the default if that is not one of the options: a link may be old, or of another machine."""
    value = getattr(selection, choice)
    return value if value in options else default


def reset(*choices: str) -> None:
    """Forget these choices."""
    for choice in choices:
        setattr(selection, choice, None)


def take(choice: str, value: Any, default: Any = None) -> None:
    """Take over what the browser sent for a choice; what cannot be, and the default, is "nothing chosen"."""
    try:
        setattr(selection, choice, None if value == default else value)
    except (ValueError, TypeError):
        setattr(selection, choice, None)


def _follow(choice: str, default: str, options: Sequence[str]) -> str:
    """The key of the widget, after making the widget show the choice, which may have been made elsewhere."""
    key = f"linked.{choice}"
    value = chosen(choice, default, options)
    if widget_value(key) != value:
        set_widget_value(key, value)
    return key


def _take_over(key: str, choice: str, default: str, resets: Sequence[str]) -> None:
    take(choice, widget_value(key), default)
    reset(*resets)
