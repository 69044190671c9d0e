"""File locks between processes by `flock`; the kernel releases them however a process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

CREATE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
"""A link in place of a lock is an error: it would make a file wherever it points to."""


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path` for a short change; waits until it is free."""
    descriptor = os.open(path, CREATE, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path, *, patience_seconds: float = 0.5) -> int | None:
    """A descriptor that holds the lock on `path`, or None if another process holds it.

    `is_locked` holds the lock for a moment, so this tries for a while. The kernel releases the lock when the last copy
    of the descriptor is closed, however its process ends.
    """
    descriptor = os.open(path, CREATE, 0o644)
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(0.01)


def is_locked(path: Path) -> bool:
    """True while another process holds the lock on `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
