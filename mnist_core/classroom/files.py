"""The JSON files of a class: read once for each change, replaced as a whole under a lock."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from mnist_core.errors import ClassError
from mnist_core.files import write_json
from mnist_core.locks import exclusive

T = TypeVar("T")

SCHEMA = 1
MAX_BYTES = 4 << 20

DAMAGED = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading raises if a file is not what we have written; a ConfigError is a ValueError."""


class KeptFile(Generic[T]):
    """A file and its content as a value, which is read again only when time, size or inode of the file have changed.

    May be used by several threads; the value must not be changed.
    """

    def __init__(self, path: Path, parse: Callable[[Mapping[str, Any]], T]) -> None:
        self.path, self._parse = path, parse
        self._known: tuple[tuple[int, int, int], T] | None = None

    def read(self) -> T:
        """The present value.

        Raises:
            OSError: the file cannot be read, or there is none.
            One of `DAMAGED`: it is not what we have written.
        """
        known = self._known  # once: another thread may replace it
        if known is not None and known[0] == _stamp(os.stat(self.path)):
            return known[1]
        with self.path.open("rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            value = self._parse(_checked(file.read(MAX_BYTES + 1)))
        self._known = (stamp, value)
        return value

    def write(self, values: Mapping[str, Any]) -> None:
        """Replace the file, as `write_object` does."""
        write_object(self.path, values)
        self._known = None  # a file system that counts time in coarse steps can give two files one stamp


@contextmanager
def changing(lock: Path, what: str, *, makes_folder: bool = False) -> Iterator[None]:
    """While nobody else changes it.

    Args:
        what: begins the sentence if nothing can be written, such as "The people of the class".
        makes_folder: whether the folder of the lock is made if it is not there.

    Raises:
        ClassError: the folder of the lock cannot be written.
    """
    try:
        if makes_folder:
            lock.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(lock):
            yield
    except OSError as error:
        raise ClassError(f"{what} cannot be saved in {lock.parent}: {error.strerror or error}.") from error


def read_object(path: Path) -> Mapping[str, Any]:
    """The JSON object in a file, without the number of its schema.

    Raises:
        OSError: the file cannot be read, or there is none.
        ValueError, RecursionError: too large, not JSON, not an object, or of another schema.
    """
    with path.open("rb") as file:
        return _checked(file.read(MAX_BYTES + 1))


def write_object(path: Path, values: Mapping[str, Any]) -> None:
    """Replace a file by a JSON object with the number of its schema.

    Raises:
        OSError: it cannot be written; the old one is unchanged.
    """
    write_json(path, {"schema": SCHEMA, **values})


def _checked(content: bytes) -> Mapping[str, Any]:
    if len(content) > MAX_BYTES:
        raise ValueError("the file is too large")
    document = json.loads(content)
    if not isinstance(document, dict) or document.pop("schema", None) != SCHEMA:
        raise ValueError("the file is not an object of this schema")
    return document


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
