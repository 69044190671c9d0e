"""The caches that all tabs share, and how their keys are made.

Every key is a name, an id, a path or a modification time, never an array: Streamlit hashes only a sample of a large
array and can return the wrong entry. Arrays are cached as resources, which are returned as they are; a data cache would
copy them at every rerun. All of them are read-only, and every cache is bounded. `st.cache_data` is not used at all: it
would also log a warning when this module is imported before the server runs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def kept(kind: str, *key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, called once for each kind and key; for small values."""
    made: T = _kept(kind, key, make)
    return made


def kept_large(kind: str, *key: Hashable, make: Callable[[], T]) -> T:
    """The same for values of a megabyte or more, of which fewer are cached."""
    made: T = _kept_large(kind, key, make)
    return made


def changed(path: Path) -> tuple[int, int]:
    """Modification time in nanoseconds and size of a file, which change with it; zeros if it does not exist."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


@st.cache_resource(max_entries=256, show_spinner=False)
def _kept(kind: str, key: tuple[Hashable, ...], _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_resource(max_entries=32, show_spinner=False)
def _kept_large(kind: str, key: tuple[Hashable, ...], _make: Callable[[], Any]) -> Any:
    return _make()
