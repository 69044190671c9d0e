"""Counts and lists in a sentence: the one place that writes them, so that they read the same wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence


def counted(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 run", "1,024 runs".

    Args:
        one: the noun for one, with whatever stands between it and the number, or with its verb.
        many: the same for any other number; by default with an `s` at the end.
    """
    return f"{n:,} {word_for(n, one, many)}"


def word_for(n: int, one: str, many: str | None = None) -> str:
    """The form of a word that goes with a count: "is" or "are", "digit" or "digits"; `many` as in `counted`."""
    return one if n == 1 else many or f"{one}s"


def listed(words: Sequence[str], limit: int | None = None) -> str:
    """Words in a sentence: "a", "a and b", "a, b and c"; with a limit of three "a, b, c and 4 more"; none is empty."""
    n_left = 0 if limit is None else max(0, len(words) - limit)
    parts = [*words[:limit], f"{n_left:,} more"] if n_left else list(words)
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
