"""What a long computation calls: to tell how far it is, and to ask whether to go on."""

from __future__ import annotations


def silent(share: float, note: str) -> None:
    """Take no notice of the progress."""


def never() -> bool:
    """Never cancel."""
    return False
