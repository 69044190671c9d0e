"""Widgets for choices of the tab, which are in the link of the page.

A widget follows its choice, which may have been made by another widget, on another page, or by a link: it gets a new
key when it shows something else, so that it starts from the choice. What a person selects is stored in the choice,
which also rejects invalid values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

import streamlit as st

from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_kinds import Order
from dashboard.state.url_values import UrlValue, reset
from dashboard.widgets.markdown import escape_markdown

T = TypeVar("T")
Number = TypeVar("Number", int, float)
NOTHING = ""
"""Stands for the option None: a select box that shows None can be emptied, and Escape would do so."""
DIRECTIONS = {False: ":material/arrow_upward:", True: ":material/arrow_downward:"}


@overload
def chosen(choice: UrlValue[T], options: Sequence[T], default: None = None) -> T: ...
@overload
def chosen(choice: UrlValue[T | None], options: Sequence[T], default: T) -> T: ...
def chosen(choice: UrlValue[Any], options: Sequence[Any], default: Any = None) -> Any:
    """What is chosen, or the default if that is not one of the options: a link may be old, or from another machine."""
    value = choice.get()
    if value in options:
        return value
    return choice.default if default is None else default


@overload
def linked_select(
    label: str,
    options: Sequence[T],
    *,
    choice: UrlValue[T],
    default: None = None,
    words: Callable[[T], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> T: ...
@overload
def linked_select(
    label: str,
    options: Sequence[T],
    *,
    choice: UrlValue[T | None],
    default: T,
    words: Callable[[T], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> T: ...
def linked_select(
    label: str,
    options: Sequence[Any],
    *,
    choice: UrlValue[Any],
    default: Any = None,
    words: Callable[[Any], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> Any:
    """A select box of `options`; returns the chosen one.

    Args:
        default: for a choice without a default. It is not written into the link.
        words: gives the name of an option on screen; no two options may have the same name.
        resets: other choices that are meaningless once this one changes, such as the page.
        more: for `st.selectbox`.
    """
    value = chosen(choice, options, default)
    shown = tuple(NOTHING if option is None else option for option in options)
    names = {option: words(original) for option, original in zip(shown, options, strict=True)}
    wanted = NOTHING if value is None else value
    key = widget_key(f"linked.{choice.name}", wanted, words=names.get(wanted))
    st.selectbox(
        label,
        shown,
        index=options.index(value) if value in options else None,
        format_func=lambda option: names.get(option, str(option)),
        key=key,
        on_change=_take,
        args=(key, choice, default, resets),
        **more,
    )
    return value


@overload
def linked_segments(
    label: str,
    options: Sequence[T],
    *,
    choice: UrlValue[T],
    default: None = None,
    words: Callable[[T], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> T: ...
@overload
def linked_segments(
    label: str,
    options: Sequence[T],
    *,
    choice: UrlValue[T | None],
    default: T,
    words: Callable[[T], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> T: ...
def linked_segments(
    label: str,
    options: Sequence[Any],
    *,
    choice: UrlValue[Any],
    default: Any = None,
    words: Callable[[Any], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> Any:
    """The same as buttons side by side, of which one is always selected; `more` is for `st.segmented_control`."""
    value = chosen(choice, options, default)
    key = _key(choice, value)
    st.segmented_control(
        label,
        options,
        default=value,
        format_func=words,
        key=key,
        on_change=_take,
        args=(key, choice, default, resets),
        required=True,
        **more,
    )
    return value


def linked_toggle(label: str, *, choice: UrlValue[bool], resets: Sequence[UrlValue[Any]] = (), help: str = "") -> bool:
    """A toggle; returns whether it is on."""
    key = _key(choice, choice.get())
    st.toggle(label, value=choice.get(), key=key, on_change=_take, args=(key, choice, None, resets), help=help)
    return choice.get()


def linked_slider(
    label: str,
    low: Number,
    high: Number,
    *,
    choice: UrlValue[Number],
    resets: Sequence[UrlValue[Any]] = (),
    **more: Any,
) -> Number:
    """A slider from `low` to `high`; `more` is for `st.slider`."""
    value = min(max(choice.get(), low), high)
    key = _key(choice, value)
    st.slider(label, low, high, value, key=key, on_change=_take, args=(key, choice, None, resets), **more)
    return value


def linked_select_slider(
    label: str,
    options: Sequence[T],
    *,
    choice: UrlValue[Any],
    default: T | None = None,
    words: Callable[[T], str] = str,
    resets: Sequence[UrlValue[Any]] = (),
    is_default_kept: bool = False,
    **more: Any,
) -> T:
    """A slider over `options`; `more` is for `st.select_slider`.

    Args:
        default: the option that an unset choice stands for.
        is_default_kept: whether `default`, once it is chosen, is a choice like any other: it stands for something else
            on other pages.
    """
    value: T = chosen(choice, options, default)
    key = _key(choice, value)
    st.select_slider(
        label,
        options,
        value=value,
        format_func=words,
        key=key,
        on_change=_take,
        args=(key, choice, None if is_default_kept else default, resets),
        **more,
    )
    return value


def linked_labels(
    title: str,
    class_names: Sequence[str],
    *,
    choice: UrlValue[tuple[int, ...]],
    resets: Sequence[UrlValue[Any]] = (),
) -> None:
    """A button for each label, of which any number can be selected; none selected means all."""
    labels = list(choice.get())
    key = widget_key(f"linked.{choice.name}", labels, is_same=lambda shown, value: sorted(shown or []) == value)
    st.pills(
        title,
        range(len(class_names)),
        selection_mode="multi",
        default=labels,
        format_func=lambda label: escape_markdown(class_names[label]),
        key=key,
        on_change=_take_labels,
        args=(key, choice, resets),
        help="Show only the selected labels. Without a selection, all are shown.",
        wrap=True,
    )


def linked_order(
    options: Mapping[str, str],
    *,
    choice: UrlValue[Order],
    resets: Sequence[UrlValue[Any]] = (),
    help: str = "",
    width: int = 150,
) -> None:
    """What to sort by (`options` maps names to their titles on screen), and the direction."""
    order = choice.get() if choice.get().by in options else choice.default
    by = widget_key(f"{choice.name}.by", order.by)
    direction = widget_key(f"{choice.name}.direction", order.descending)
    args = (by, direction, choice, resets)
    st.selectbox(
        "Sort by",
        tuple(options),
        index=tuple(options).index(order.by),
        format_func=lambda name: options.get(name, name),
        key=by,
        width=width,
        help=help or None,
        on_change=_take_order,
        args=args,
    )
    st.segmented_control(
        "Order",
        tuple(DIRECTIONS),
        default=order.descending,
        format_func=DIRECTIONS.__getitem__,
        key=direction,
        required=True,
        help="Arrow up: ascending. Arrow down: descending.",
        on_change=_take_order,
        args=args,
    )


def _key(choice: UrlValue[Any], value: Any) -> str:
    """The key of the widget of a choice that shows `value`."""
    return widget_key(f"linked.{choice.name}", value)


def _take(key: str, choice: UrlValue[Any], default: Any, resets: Sequence[UrlValue[Any]]) -> None:
    value = widget_value(key)
    if value == NOTHING or (default is not None and value == default):
        choice.reset()
    else:
        choice.choose_sent(value)
    reset(*resets)


def _take_labels(key: str, choice: UrlValue[tuple[int, ...]], resets: Sequence[UrlValue[Any]]) -> None:
    choice.choose_sent(tuple(sorted(widget_value(key) or ())))
    reset(*resets)


def _take_order(by: str, direction: str, choice: UrlValue[Order], resets: Sequence[UrlValue[Any]]) -> None:
    choice.choose_sent(Order(str(widget_value(by)), descending=widget_value(direction) is True))
    reset(*resets)
