"""Choices that are mirrored to the URL: the kinds there are, and how each is checked and written."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Generic, TypeVar, overload

import streamlit as st

T = TypeVar("T")

MAX_URL_VALUE = 80
"""Longest value that is looked at; ids and numbers are far shorter."""
CATCH_UP_SECONDS = 2.0
"""How long after a choice the browser may still send the URL from before it, because a click was already on its way."""


class UrlValue(Generic[T]):
    """A choice of type `T` that is mirrored to the URL on some pages. None is "nothing chosen"."""

    max_length = MAX_URL_VALUE

    def __init__(self, *, pages: tuple[str, ...], param: str = "") -> None:
        self.pages = pages
        self.param = param

    def __set_name__(self, owner: type, name: str) -> None:
        self.param = self.param or name
        self.key = f"selection.{name}"

    def parse(self, text: str) -> T | None:
        """The value written as `text`, or None if it is not one."""
        raise NotImplementedError

    def write(self, value: T) -> str:
        """`value` as it stands in the URL."""
        return str(value)

    @overload
    def __get__(self, instance: None, owner: type) -> UrlValue[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T | None: ...
    def __get__(self, instance: object | None, owner: type) -> UrlValue[T] | T | None:
        if instance is None:
            return self
        return st.session_state.get(self.key)

    def __set__(self, instance: object, value: T | None) -> None:
        if value is None:
            self._leave(None)
            st.session_state.pop(self.key, None)
            _drop_from_url(self.param)
            return
        text = self.write(value)
        parsed = self.parse(text)
        if parsed != value:
            raise ValueError(f"Invalid value for `{self.param}`. Received: {value!r:.80}.")
        self._leave(text)
        st.session_state[self.key] = parsed
        _put_into_url(self.param, text)

    def restore(self) -> None:
        """Make the tab's memory and the URL agree; the URL goes first, because a person may have been sent it.

        Except for a URL that is only late: who clicks twice in a moment sends the second click from before the first.
        """
        text = st.query_params.get(self.param)
        value = self.parse(text) if text is not None and len(text) <= self.max_length else None
        if self._is_late(text) or value is None:
            self._show()
        else:
            st.session_state[self.key] = value

    def _remembered(self) -> str | None:
        """What the tab remembers, as it stands in the URL; None is "nothing chosen"."""
        value = st.session_state.get(self.key)
        return None if value is None else self.write(value)

    def _show(self) -> None:
        """Put what the tab remembers into the URL."""
        if (text := self._remembered()) is None:
            _drop_from_url(self.param)
        else:
            _put_into_url(self.param, text)

    def _is_late(self, text: str | None) -> bool:
        """Whether the browser sent the URL without having heard of the last choice; it has, once it sends that one."""
        left = st.session_state.get(f"{self.key}.left")
        if left is None:
            return False
        if text == self._remembered() or time.monotonic() > left[1]:
            del st.session_state[f"{self.key}.left"]
            return False
        return text in left[0]

    def _leave(self, text: str | None) -> None:
        """Remember which texts the URL had before the choice that is being made."""
        old = st.query_params.get(self.param)
        if old != text:
            name = f"{self.key}.left"
            known = st.session_state.get(name, ((), 0.0))[0]
            st.session_state[name] = ((*known[-7:], old), time.monotonic() + CATCH_UP_SECONDS)

    def forget_late(self) -> None:
        """Take the next URL at its word: the tab has gone to another page, or come by a link."""
        st.session_state.pop(f"{self.key}.left", None)


class UrlInt(UrlValue[int]):
    """A whole number from `low` to `high`, both included."""

    def __init__(self, low: int, high: int, *, pages: tuple[str, ...], param: str = "") -> None:
        super().__init__(pages=pages, param=param)
        self.low, self.high = low, high

    def parse(self, text: str) -> int | None:
        if not re.fullmatch(r"-?[0-9]{1,12}", text):  # int() takes more: blanks, underscores, other scripts' digits
            return None
        return number if self.low <= (number := int(text)) <= self.high else None


class UrlChoice(UrlValue[str]):
    """One of a few words."""

    def __init__(self, choices: Sequence[str], *, pages: tuple[str, ...], param: str = "") -> None:
        super().__init__(pages=pages, param=param)
        self.choices = tuple(choices)

    def parse(self, text: str) -> str | None:
        return text if text in self.choices else None


class UrlText(UrlValue[str]):
    """A text of one form, such as an id."""

    def __init__(
        self, pattern: str, *, pages: tuple[str, ...], param: str = "", max_length: int = MAX_URL_VALUE
    ) -> None:
        super().__init__(pages=pages, param=param)
        self.pattern = re.compile(pattern, re.ASCII)
        self.max_length = max_length

    def parse(self, text: str) -> str | None:
        return text if self.pattern.fullmatch(text) else None


class UrlPair(UrlValue[tuple[int, int]]):
    """Two whole numbers from `low` to `high`, written `4-9`: a cell of the confusion matrix."""

    def __init__(self, low: int, high: int, *, pages: tuple[str, ...], param: str = "") -> None:
        super().__init__(pages=pages, param=param)
        self.low, self.high = low, high

    def parse(self, text: str) -> tuple[int, int] | None:
        if not (match := re.fullmatch(r"([0-9]{1,9})-([0-9]{1,9})", text)):
            return None
        first, second = int(match[1]), int(match[2])
        return (first, second) if all(self.low <= number <= self.high for number in (first, second)) else None

    def write(self, value: tuple[int, int]) -> str:
        return f"{value[0]}-{value[1]}"


def _put_into_url(param: str, text: str) -> None:
    if st.query_params.get(param) != text:  # each change is a step in the browser's history
        st.query_params[param] = text


def _drop_from_url(param: str) -> None:
    if param in st.query_params:
        del st.query_params[param]
