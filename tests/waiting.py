"""Waiting for something that another process does, without fixed sleeps in tests."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    """Return as soon as `condition` holds; fail the test when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {condition.__qualname__}"
        time.sleep(0.02)
