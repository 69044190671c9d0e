"""What is kept between reruns and shared by all tabs, and how its keys are made.

Every key is a name, an id, a path or a time of change, never an array: Streamlit hashes large arrays by a sample and
can return the wrong entry. Arrays are kept as resources, which are handed out as they are; a data cache would copy them
at every rerun. All of them are read-only, and every cache is bounded. Hence no `st.cache_data` at all: it would also
complain in the log when this module is imported before the server runs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")


def kept(kind: str, *key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, made once for each key; of each kind of thing a small one, for `cached.answers`."""
    made: T = _kept(kind, key, make)
    return made


def kept_large(kind: str, *key: Hashable, make: Callable[[], T]) -> T:
    """The same for things of a megabyte or more, of which fewer are kept."""
    made: T = _kept_large(kind, key, make)
    return made


def changed(path: Path) -> tuple[int, int]:
    """Changes when the file does: its time of change in nanoseconds and its size; zeros if it is not there."""
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
