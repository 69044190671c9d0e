"""Ranges of handwriting measures as a choice.

Apart from the other kinds: the table of measures loads pandas and scipy, which the server needs only after it answers.
"""

from __future__ import annotations

from dashboard.state.url_values import UrlValue
from mnist_core.data.finding.selection import Range
from mnist_core.errors import ConfigError


class UrlRanges(UrlValue[tuple[Range, ...]]):
    """Ranges of measures, written `ink:50~120,slant:~-5`; `ink:~` has no bounds yet."""

    max_length = 900

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=(), param=param)

    def parse(self, text: str) -> tuple[Range, ...]:
        """The ranges in `text`; parts of another form are ignored."""
        found: dict[str, Range] = {}
        for part in text.split(","):
            name, _, bounds = part.partition(":")
            low, _, high = bounds.partition("~")
            try:
                found[name] = Range(name=name, low=_bound(low), high=_bound(high))
            except (ValueError, ConfigError):
                continue
        return tuple(found.values())

    def write(self, value: tuple[Range, ...]) -> str:
        return ",".join(f"{item.name}:{_bound_text(item.low)}~{_bound_text(item.high)}" for item in value)

    def choose(self, value: tuple[Range, ...]) -> None:
        # Bounds are rounded as in the URL.
        super().choose(self.parse(self.write(value)))


def _bound(text: str) -> float | None:
    return float(text) if text else None


def _bound_text(bound: float | None) -> str:
    return "" if bound is None else f"{bound:.4f}".rstrip("0").rstrip(".")
