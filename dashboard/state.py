"""What one browser tab has chosen. The only module that touches `st.session_state` and the URL.

Only ids and selections live here, never models, arrays or jobs. To add one, write one line into `Selection`:

    class Selection:
        shown_epoch = UrlInt(1, 1000, pages=("evaluate",), param="epoch")

and use it as an attribute; None means that nothing is chosen:

    selection.shown_epoch = 3

While one of its `pages` is open, a choice is in the URL as `?param=value`, so that the link restores the view; the tab
remembers it when the person goes to another page and comes back. What stands in the URL is never trusted: a value that
does not parse is dropped.

A widget that is itself the choice needs nothing from here: `bind="query-params"` puts its value into the URL and
`persist_state="session"` keeps it across pages. Its key then must not be one of the names in `Selection`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, overload

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


MAX_ROW = 9_999_999  # rows of a split; whether this one exists is for the page to say


class Selection:
    """Every choice that a link restores, on one screen."""

    __slots__ = ()  # a misspelt choice is an error, not a new attribute

    run = UrlText(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", pages=("explore", "train", "evaluate", "mistakes", "inside"))
    explore_data = UrlText(r"[^/\\\x00-\x1f]{1,80}", pages=("explore",), param="data")
    explore_view = UrlText(r"[a-z]{1,20}", pages=("explore",), param="view")
    explore_split = UrlChoice(("train", "test"), pages=("explore",), param="split")
    explore_labels = UrlText(r"[0-9]{1,10}", pages=("explore",), param="labels")
    explore_sort = UrlText(r"-?[a-z_]{1,40}", pages=("explore",), param="sort")
    explore_where = UrlText(r"[a-z_0-9:.~,-]+", pages=("explore",), param="where", max_length=900)
    explore_chosen = UrlText(r"[A-Za-z0-9_-]+", pages=("explore",), param="chosen", max_length=900)
    explore_size = UrlInt(1, 1_000, pages=("explore",), param="size")
    explore_page = UrlInt(1, MAX_ROW, pages=("explore",), param="page")
    explore_image = UrlText(r"(train|test)-[0-9]{1,7}", pages=("explore",), param="image")
    explore_near = UrlChoice(("pixels", "network"), pages=("explore",), param="near")
    explore_classes = UrlPair(0, 9, pages=("explore",), param="classes")
    explore_measure = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="measure")
    explore_x = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="x")
    explore_y = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="y")
    explore_map = UrlText(r"[a-z_]{1,20}", pages=("explore",), param="map")
    explore_colour = UrlText(r"[a-z_]{1,40}", pages=("explore",), param="colour")
    explore_oddity = UrlText(r"[a-z_]{1,20}", pages=("explore",), param="odd")
    explore_odd_label = UrlText(r"[0-9]|all", pages=("explore",), param="odd_label")
    explore_scaling = UrlText(r"[a-z0-9_]{1,20}", pages=("explore",), param="scaling")
    explore_augmentation = UrlText(r"[a-z_0-9:.,]+", pages=("explore",), param="augment", max_length=200)
    judged_split = UrlChoice(("test", "validation"), pages=("evaluate", "mistakes"), param="split")
    evaluate_view = UrlText(r"[a-z]{1,20}", pages=("evaluate",), param="view")
    evaluate_cell = UrlPair(0, 9, pages=("evaluate",), param="cell")
    evaluate_line = UrlText(r"(true|predicted|missed|false)-[0-9]", pages=("evaluate",), param="line")
    evaluate_rates = UrlChoice(("true", "predicted"), pages=("evaluate",), param="rates")
    evaluate_only = UrlChoice(("wrong",), pages=("evaluate",), param="only")
    evaluate_page = UrlInt(1, MAX_ROW, pages=("evaluate",), param="page")
    evaluate_image = UrlInt(0, MAX_ROW, pages=("evaluate",), param="image")
    evaluate_epoch = UrlInt(1, 100_000, pages=("evaluate",), param="epoch")
    evaluate_curve = UrlChoice(("roc", "precision"), pages=("evaluate",), param="curve")
    evaluate_bins = UrlInt(2, 100, pages=("evaluate",), param="bins")
    evaluate_measure = UrlText(r"[a-z_]{1,40}", pages=("evaluate",), param="measure")
    evaluate_bin = UrlInt(0, 99, pages=("evaluate",), param="bin")
    evaluate_group = UrlInt(0, 99, pages=("evaluate",), param="group")
    evaluate_corruption = UrlText(r"[a-z_]{1,40}", pages=("evaluate",), param="corruption")
    evaluate_strength = UrlInt(0, 20, pages=("evaluate",), param="strength")
    evaluate_data = UrlText(r"[^/\\\x00-\x1f]{1,80}", pages=("evaluate",), param="data")
    mistakes_view = UrlText(r"[a-z]{1,20}", pages=("mistakes",), param="view")
    mistakes_image = UrlInt(0, MAX_ROW, pages=("mistakes",), param="image")
    mistakes_page = UrlInt(1, MAX_ROW, pages=("mistakes",), param="page")
    mistakes_true = UrlText(r"[0-9]{1,10}", pages=("mistakes",), param="true")
    mistakes_predicted = UrlText(r"[0-9]{1,10}", pages=("mistakes",), param="predicted")
    mistakes_sort = UrlText(r"-?[a-z_]{1,40}", pages=("mistakes",), param="sort")
    mistakes_which = UrlChoice(("all",), pages=("mistakes",), param="which")
    mistakes_operation = UrlText(r"[a-z]{1,20}", pages=("mistakes",), param="operation")
    mistakes_fate = UrlText(r"[a-z-]{1,20}", pages=("mistakes",), param="fate")
    mistakes_range = UrlText(r"[a-z_]{1,40}:-?[0-9.]{1,12}~-?[0-9.]{1,12}", pages=("mistakes",), param="range")
    inside_view = UrlChoice(("activations", "filters"), pages=("inside",), param="view")
    inside_layer = UrlText(r"[a-z0-9_/]{1,60}", pages=("inside",), param="layer")
    inside_which = UrlChoice(("wrong", "right"), pages=("inside",), param="which")
    inside_label = UrlText(r"[0-9]", pages=("inside",), param="label")
    inside_page = UrlInt(1, MAX_ROW, pages=("inside",), param="page")
    inside_image = UrlInt(0, MAX_ROW, pages=("inside",), param="image")
    inside_maps = UrlChoice(("all",), pages=("inside",), param="maps")
    inside_channel = UrlText(r"[a-z_0-9]{1,60}-[0-9]{1,5}", pages=("inside",), param="channel")
    inside_order = UrlChoice(("strength",), pages=("inside",), param="order")
    inside_scale = UrlChoice(("network",), pages=("inside",), param="scale")
    inside_filter = UrlInt(0, 99_999, pages=("inside",), param="filter")


selection = Selection()


def choices_of(page: str) -> tuple[UrlValue[Any], ...]:
    """The choices that the URL of a page carries."""
    return tuple(item for item in vars(Selection).values() if isinstance(item, UrlValue) and page in item.pages)


def restore_selection(page: str) -> None:
    """Take the choices of `page` from the URL, or put the remembered ones back into it."""
    if st.session_state.get("tab.page") != page:
        st.session_state["tab.page"] = page
        st.session_state["tab.visits"] = visit() + 1
        for choice in choices_of(page):
            choice.forget_late()
    for choice in choices_of(page):
        choice.restore()


def page_address() -> str:
    """The address of the open page as the browser has it, without what follows the `?`."""
    return str(st.context.url or "").partition("?")[0]


def visit() -> int:
    """A number that changes when this tab goes to another page, or comes back to this one."""
    return int(st.session_state.get("tab.visits", 0))


def widget_value(key: str) -> Any:
    """What the browser last sent for the widget or component `key`, or None. Check it before it is used as anything."""
    return st.session_state.get(key)


def set_widget_value(key: str, value: Any) -> None:
    """Give a widget a value; only before it is drawn in this rerun, or in a callback."""
    st.session_state[key] = value


def url_text(param: str) -> str | None:
    """What stands in the URL as `param`, of any length and content, or None. For documents, which check themselves."""
    return st.query_params.get(param)


def per_tab(key: str, make: Callable[[], T]) -> T:
    """The object this tab keeps under `key`, made at first use: for the position of a reader, not for data."""
    name = f"tab.{key}"
    if name not in st.session_state:
        st.session_state[name] = make()
    kept: T = st.session_state[name]
    return kept


def _put_into_url(param: str, text: str) -> None:
    if st.query_params.get(param) != text:  # each change is a step in the browser's history
        st.query_params[param] = text


def _drop_from_url(param: str) -> None:
    if param in st.query_params:
        del st.query_params[param]
