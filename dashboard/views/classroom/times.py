"""Points in time, on the clock of the machine that serves the class."""

from __future__ import annotations

from datetime import datetime


def shown_time(seconds: float) -> str:
    """A time in seconds since 1970: "30 Nov 2026, 18:05"."""
    return datetime.fromtimestamp(seconds).strftime("%-d %b %Y, %H:%M")
