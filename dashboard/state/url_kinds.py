"""The kinds of choices: how each is written to the URL, and how it is validated when it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, overload

from dashboard.state.packing import packed, unpacked
from dashboard.state.url_values import MAX_URL_VALUE, UrlValue
from mnist_core.data.dataset import SIDE, SplitName
from mnist_core.data.image_ref import Drawing, ImageRef

E = TypeVar("E", bound=StrEnum)
IntOrNone = TypeVar("IntOrNone", int, int | None)

DRAWN = "drawn-"
MAX_ROW = 9_999_999
"""Bound of rows of a split and of pages of a grid; whether one exists is checked by the page."""


class UrlInt(UrlValue[IntOrNone]):
    """A whole number from `low` to `high`, both included."""

    @overload
    def __init__(self: UrlInt[int], low: int, high: int, *, default: int, param: str = "") -> None: ...
    @overload
    def __init__(
        self: UrlInt[int | None],
        low: int,
        high: int,
        *,
        default: None = None,
        param: str = "",
        pages: tuple[str, ...] = (),
    ) -> None: ...
    def __init__(
        self, low: int, high: int, *, default: Any = None, param: str = "", pages: tuple[str, ...] = ()
    ) -> None:
        super().__init__(default=default, param=param, pages=pages)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        return _number(text, self.low, self.high)


class UrlReal(UrlValue[float]):
    """A number from `low` to `high`, both included, with at most three decimals."""

    def __init__(self, low: float, high: float, *, default: float, param: str = "") -> None:
        super().__init__(default=default, param=param)
        self.low, self.high = low, high

    def parse(self, text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text, re.ASCII):  # float() accepts "nan" and "1e9"
            raise ValueError(text)
        number = float(text)
        if not self.low <= number <= self.high:
            raise ValueError(text)
        return number

    def write(self, value: float) -> str:
        return f"{value:.3f}".rstrip("0").rstrip(".")


def url_page(*, param: str = "") -> UrlInt[int]:
    """Number of a page of a grid, from 1."""
    return UrlInt(1, MAX_ROW, default=1, param=param)


class UrlImage(UrlValue[ImageRef | Drawing | None]):
    """One image of a data set, written `train-1234`; or a drawing, as its compressed pixels.

    A row without a split is one of the test split.
    """

    max_length = 1_200  # of a drawing that cannot be compressed

    def __init__(self, *, param: str = "", pages: tuple[str, ...] = ()) -> None:
        super().__init__(default=None, param=param, pages=pages)

    def parse(self, text: str) -> ImageRef | Drawing:
        if text.startswith(DRAWN):
            return Drawing(unpacked(text.removeprefix(DRAWN), most=SIDE * SIDE))
        match = re.fullmatch(r"(?:(train|test)-)?([0-9]{1,7})", text, re.ASCII)
        if match is None:
            raise ValueError(text)
        return ImageRef(split=SplitName(match[1] or SplitName.TEST), row=int(match[2]))

    def write(self, value: ImageRef | Drawing | None) -> str:
        if isinstance(value, Drawing):
            return DRAWN + packed(value.pixels)
        return "" if value is None else f"{value.split}-{value.row}"


class UrlFlag(UrlValue[bool]):
    """A flag; True is written as a word."""

    def __init__(self, word: str, *, param: str = "", pages: tuple[str, ...] = ()) -> None:
        super().__init__(default=False, param=param, pages=pages)
        self.word = word

    def parse(self, text: str) -> bool:
        if text != self.word:
            raise ValueError(text)
        return True

    def write(self, value: bool) -> str:
        return self.word if value is True else ""


class UrlEnum(UrlValue[E]):
    """A member of a `StrEnum`."""

    def __init__(self, kind: type[E], *, default: E, param: str = "", pages: tuple[str, ...] = ()) -> None:
        super().__init__(default=default, param=param, pages=pages)
        self.kind = kind

    def parse(self, text: str) -> E:
        return self.kind(text)


class UrlOptionalEnum(UrlValue[E | None]):
    """A member of a `StrEnum`, or None. Spaces in its value are written as hyphens."""

    def __init__(self, kind: type[E], *, param: str = "") -> None:
        super().__init__(default=None, param=param)
        self.kind = kind

    def parse(self, text: str) -> E:
        return self.kind(text.replace("-", " "))

    def write(self, value: E | None) -> str:
        return str(value).replace(" ", "-")


class UrlName(UrlValue[str | None]):
    """One of the names of a registry."""

    def __init__(self, names: Sequence[str], *, param: str = "") -> None:
        super().__init__(default=None, param=param)
        self.names = frozenset(names)

    def parse(self, text: str) -> str:
        if text not in self.names:
            raise ValueError(text)
        return text


class UrlText(UrlValue[str | None]):
    """A text that matches a pattern, such as an id."""

    def __init__(
        self, pattern: str, *, param: str = "", pages: tuple[str, ...] = (), max_length: int = MAX_URL_VALUE
    ) -> None:
        super().__init__(default=None, param=param, pages=pages)
        self.pattern = re.compile(pattern, re.ASCII)
        self.max_length = max_length

    def parse(self, text: str) -> str:
        if not self.pattern.fullmatch(text):
            raise ValueError(text)
        return text


class UrlTexts(UrlValue[tuple[str, ...]]):
    """Different texts that match a pattern without points, such as ids, written with points between them."""

    def __init__(self, pattern: str, *, param: str = "", max_items: int = 10, pages: tuple[str, ...] = ()) -> None:
        super().__init__(default=(), param=param, pages=pages)
        self.pattern = re.compile(pattern, re.ASCII)
        self.max_items = max_items
        self.max_length = max_items * MAX_URL_VALUE

    def parse(self, text: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(text.split(".")))
        if len(found) > self.max_items or not all(self.pattern.fullmatch(item) for item in found):
            raise ValueError(text)
        return found

    def write(self, value: tuple[str, ...]) -> str:
        return ".".join(value)


def url_dataset_name(*, param: str = "", pages: tuple[str, ...] = ()) -> UrlText:
    """Name of a data set: no path separators, no control characters."""
    return UrlText(r"[^/\\\x00-\x1f]{1,80}", param=param, pages=pages)


class UrlPair(UrlValue[tuple[int, int] | None]):
    """Two whole numbers from `low` to `high`, written `4-9`: a cell of the confusion matrix."""

    def __init__(self, low: int, high: int, *, param: str = "") -> None:
        super().__init__(default=None, param=param)
        self.low, self.high = low, high

    def parse(self, text: str) -> tuple[int, int]:
        first, _, second = text.partition("-")
        return _number(first, self.low, self.high), _number(second, self.low, self.high)

    def write(self, value: tuple[int, int] | None) -> str:
        first, second = value or (-1, -1)
        return f"{first}-{second}"


class UrlLabels(UrlValue[tuple[int, ...]]):
    """Labels in ascending order, written `479`; none means all."""

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=(), param=param)

    def parse(self, text: str) -> tuple[int, ...]:
        if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII):
            raise ValueError(text)
        return tuple(sorted({int(digit) for digit in text}))

    def write(self, value: tuple[int, ...]) -> str:
        return "".join(str(label) for label in value)


@dataclass(frozen=True, slots=True)
class Order:
    """What images are sorted by, and whether the highest comes first."""

    by: str
    descending: bool = False


class UrlOrder(UrlValue[Order]):
    """Name of a column to sort by; with a minus in front, in descending order."""

    def __init__(self, default: Order, *, param: str = "") -> None:
        super().__init__(default=default, param=param)

    def parse(self, text: str) -> Order:
        if not re.fullmatch(r"-?[a-z_]{1,40}", text, re.ASCII):
            raise ValueError(text)
        return Order(text.removeprefix("-"), descending=text.startswith("-"))

    def write(self, value: Order) -> str:
        return f"-{value.by}" if value.descending else value.by


def _number(text: str, low: int, high: int) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", text, re.ASCII):  # int() accepts more: spaces, underscores, other digits
        raise ValueError(text)
    number = int(text)
    if not low <= number <= high:
        raise ValueError(text)
    return number
