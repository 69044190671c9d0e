"""Matrix products on one thread, for work too small to share.

A product for one digit takes microseconds. Shared between threads it has to wait for the slowest of them, and while a
training keeps every core busy that wait was measured at 16 ms a digit, against 0.5 ms on one thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

_holder = threading.Lock()


@contextmanager
def single_threaded() -> Iterator[None]:
    """Inside, numpy's matrix products use one thread; afterwards as many as before.

    The limit is one of the whole process, so only one thread at a time sets and lifts it: with two, the second would
    restore the limit of the first. Other threads use the limit meanwhile and do not change it.
    """
    if not _holder.acquire(blocking=False):
        yield
        return
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _holder.release()


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # takes 2 ms: it searches the loaded libraries
