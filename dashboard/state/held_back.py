"""What pages do not show yet, because it would give away the answer to a question that is open."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from dashboard.state.session import per_tab


class HeldBack(StrEnum):
    """A part of a page that may be held back."""

    VERDICT = "verdict"


def hold_back(parts: Collection[HeldBack]) -> None:
    """Hold back these parts in this tab, and no others any more."""
    _held_back()[:] = parts


def is_held_back(part: HeldBack) -> bool:
    """Whether a view has to leave out this part, and to say so."""
    return part in _held_back()


def _held_back() -> list[HeldBack]:
    return per_tab("held_back", list)
