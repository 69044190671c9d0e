"""Which addresses of our own the server answers: those of `dashboard.asgi`; plain `streamlit run` has none."""

from __future__ import annotations

LIVE_ADDRESS = "/studio/answers"
"""Answers to a drawing while it is drawn."""

_addresses: set[str] = set()


def announce(*addresses: str) -> None:
    """Tell the page that these are served."""
    _addresses.update(addresses)


def is_served(address: str) -> bool:
    """Whether the browser may ask for it."""
    return address in _addresses
