"""Typed choices of one browser tab that are mirrored to the URL.

    class ExploreChoices(Choices, page="explore"):
        near = UrlEnum(Near, default=Near.PIXELS)
        measure = UrlName(tuple(MEASURES))

    explore = ExploreChoices()
    explore.near = Near.NETWORK        # ?near=network
    explore.near                       # Near.NETWORK, in the URL and in the tab's memory
    ExploreChoices.near.reset()        # the choice itself, to hand to a widget or to reset

While a page of a choice is open, the choice is in the URL as `?param=value`, so that the link restores the view; the
tab remembers it when the person opens another page and returns. A choice that has its default is not in the URL. The
URL is read when a page is opened, by a link or by going back in the browser; on an open page, what the tab remembers
counts. The URL is untrusted: a value that does not parse is ignored.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any, ClassVar, Generic, TypeVar, overload

import streamlit as st

from dashboard.state.session import drop_url_text, open_page

T = TypeVar("T")

ORDER = "tab.url_order"
"""Where a tab keeps the order of the parameters in its URL."""
MAX_URL_VALUE = 80
"""Longer values are ignored; ids and numbers are far shorter."""


class UrlValue(Generic[T]):
    """A choice of type `T`.

    Attributes:
        default: the value until something is chosen; None means "nothing chosen".
        param: its name in the URL.
        pages: the pages on which it is in the URL.
        name: unique among all choices, such as "explore_split".
    """

    max_length = MAX_URL_VALUE

    def __init__(self, *, default: T, param: str = "", pages: tuple[str, ...] = ()) -> None:
        self.default = default
        self.param = param
        self.pages = pages
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.param = self.param or name
        self.name = name

    def parse(self, text: str) -> T:
        """The value of `text`.

        Raises:
            ValueError: `text` is not valid.
        """
        raise NotImplementedError

    def write(self, value: T) -> str:
        """`value` as text, for the URL."""
        return str(value)

    @overload
    def __get__(self, instance: None, owner: type) -> UrlValue[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> UrlValue[T] | T:
        return self if instance is None else self.get()

    def __set__(self, instance: object, value: T) -> None:
        self.choose(value)

    def get(self) -> T:
        """What is chosen, or the default."""
        value: T = st.session_state.get(self._key, self.default)
        return value

    def choose(self, value: T) -> None:
        """Choose `value`.

        Raises:
            ValueError: it could not be read back from the URL.
        """
        if value == self.default:
            self.reset()
            return
        text = self.write(value)
        try:
            is_readable = self.parse(text) == value
        except ValueError:
            is_readable = False
        if not is_readable:
            raise ValueError(f"Invalid value for `{self.param}`. Received: {value!r:.80}.")
        st.session_state[self._key] = value
        if open_page() in (None, *self.pages):  # for another page, the URL gets it when that is opened
            _put_into_url(self.param, text)

    def choose_sent(self, value: Any) -> None:
        """Choose what a browser sent; an invalid value resets the choice."""
        try:
            self.choose(value)
        except (ValueError, TypeError, AttributeError):
            self.reset()

    def reset(self) -> None:
        """Set the choice back to its default."""
        self.forget()
        drop_url_text(self.param)

    def forget(self) -> None:
        """Set what the tab remembers back to the default; the URL stays."""
        st.session_state.pop(self._key, None)

    def read(self) -> None:
        """Choose what the URL says, if that is valid."""
        text = st.query_params.get(self.param)
        if text is not None and len(text) <= self.max_length:
            with contextlib.suppress(ValueError):
                st.session_state[self._key] = self.parse(text)

    def unreadable(self) -> str | None:
        """What the URL says if it is not valid, and thus ignored; None if it is, or says nothing. Of any length."""
        text = st.query_params.get(self.param)
        if not text:
            return None
        try:
            self.parse(text[: self.max_length + 1])
        except ValueError:
            return text
        return text if len(text) > self.max_length else None

    def text(self) -> str | None:
        """What the tab remembers as it is in the URL; None for the default, which is not in it."""
        return self.write(st.session_state[self._key]) if self._key in st.session_state else None

    @property
    def _key(self) -> str:
        return f"choice.{self.name}"


class Choices:
    """The choices of one page, or of several; each is a `UrlValue` in the body of the class.

    Attributes:
        about_dataset: those that are meaningless for another data set.
    """

    values: ClassVar[tuple[UrlValue[Any], ...]] = ()
    about_dataset: ClassVar[tuple[UrlValue[Any], ...]] = ()

    def __init_subclass__(cls, *, page: str = "", **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.values = tuple(value for value in vars(cls).values() if isinstance(value, UrlValue))
        for value in cls.values:
            value.pages = value.pages or (page,)
            value.name = f"{page}_{value.name}" if page else value.name

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(getattr(type(self), name, None), UrlValue):
            raise AttributeError(f"{type(self).__name__} has no choice called {name}.")
        super().__setattr__(name, value)


def reset(*choices: UrlValue[Any]) -> None:
    """Set these choices back to their defaults."""
    for choice in choices:
        choice.reset()


def chosen_elsewhere(name: str) -> Any:
    """What is chosen on a page that the caller does not know, by the name of the choice; None if nothing is."""
    return st.session_state.get(f"choice.{name}")


def about_dataset() -> Iterator[UrlValue[Any]]:
    """The choices of all pages that are meaningless for another data set. A page that was never open has none yet."""
    for kind in Choices.__subclasses__():
        yield from kind.about_dataset


def read_url(choices: Iterable[UrlValue[Any]], *, stated: Collection[UrlValue[Any]] = ()) -> None:
    """Choose what the URL says, which the person has just opened.

    Args:
        stated: choices of which the URL says everything, so that one that is not in it has its default. Others stay
            as they are.
    """
    for choice in choices:
        if choice in stated and choice.param not in st.query_params:
            choice.forget()
        choice.read()


def write_url(choices: Iterable[UrlValue[Any]], *, without: Collection[str] = ()) -> None:
    """Make the URL say what the tab remembers.

    The URL is changed at once, and keeps the order of its parameters: each change is a step in the browser's history,
    which a person who goes back would have to take as well. On another page the URL begins empty; what both pages have
    is then written as it was.

    Args:
        without: parameters to drop.
    """
    url = {param: st.query_params.get_all(param) for param in st.query_params}
    wanted = {param: value for param, value in url.items() if param not in without}
    for choice in choices:
        text = choice.text()
        if text is None:
            wanted.pop(choice.param, None)
        else:
            wanted[choice.param] = [text]
    before = {param: place for place, param in enumerate(st.session_state.get(ORDER, ()))}
    ordered = {param: wanted[param] for param in sorted(wanted, key=lambda param: before.get(param, len(before)))}
    if url != ordered:
        st.query_params.from_dict(ordered)
    st.session_state[ORDER] = tuple(st.query_params)


def _put_into_url(param: str, text: str) -> None:
    if st.query_params.get(param) != text:  # each change is a step in the browser's history
        st.query_params[param] = text
