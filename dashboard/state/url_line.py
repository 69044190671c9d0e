"""A row or a column of a confusion matrix, as it is in the URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from dashboard.state.url_values import UrlValue


class LineKind(StrEnum):
    """Digits of one class: by true or by predicted label, all of them or only the wrong ones."""

    TRUE = "true"
    PREDICTED = "predicted"
    MISSED = "missed"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column of the confusion matrix."""

    kind: LineKind
    label: int


class UrlLine(UrlValue[Line | None]):
    """A row or a column of the confusion matrix, written `missed-4`."""

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=None, param=param)

    def parse(self, text: str) -> Line:
        match = re.fullmatch(r"([a-z]+)-([0-9])", text, re.ASCII)
        if match is None:
            raise ValueError(text)
        return Line(LineKind(match[1]), int(match[2]))

    def write(self, value: Line | None) -> str:
        return "" if value is None else f"{value.kind}-{value.label}"
