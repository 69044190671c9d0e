"""What a button was pressed for last, so that a double click counts once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

SAME_PRESS_SECONDS = 5.0
"""A press this soon after the first one was answered, for the same thing, is the second one of a double click."""


class LastPress(Generic[T]):
    """Remembers the last press of one button in one tab, and what came of it."""

    def __init__(self) -> None:
        self._last: tuple[object, T] | None = None
        self._ended = -math.inf

    def once(self, asked: object, work: Callable[[], T]) -> T:
        """What `work` returns; for the second press of a double click what it returned for the first.

        Args:
            asked: what the button is pressed for: another thing is another press, however soon.
        """
        if self._last is None or self._last[0] != asked or time.monotonic() - self._ended > SAME_PRESS_SECONDS:
            self._last = asked, work()
        self._ended = time.monotonic()
        return self._last[1]
