"""Counts, bytes and durations in a few characters."""

from __future__ import annotations

_THOUSANDS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def shown_count(number: float) -> str:
    """A count with three significant digits: 950, 12.3 k, 4.51 M."""
    for size, letter in _THOUSANDS:
        if number >= 0.9995 * size:
            return f"{_three_digits(number / size)} {letter}"
    return f"{number:.0f}"


def shown_bytes(number: float) -> str:
    """An amount of memory: 640 B, 12.3 kB, 4.51 MB."""
    return f"{shown_count(number)}B" if number >= 999.5 else f"{number:.0f} B"


def shown_seconds(seconds: float) -> str:
    """A duration, rounded: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 10:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    minutes = round(seconds / 60)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def about(seconds: float) -> str:
    """An estimate, rounded as one says it: "20 seconds", "a minute", "3 minutes"."""
    if seconds < 52.5:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    minutes = round(seconds / 60)
    if minutes <= 1:
        return "a minute"
    return f"{minutes} minutes" if minutes < 90 else f"{round(minutes / 60)} hours"


def _three_digits(number: float) -> str:
    return f"{number:.2f}" if number < 9.995 else f"{number:.1f}" if number < 99.95 else f"{number:.0f}"
