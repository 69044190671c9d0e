"""Adds to an MLflow store, which is an SQLite file, in one step: all of a run is in it, or nothing.

The client is given a copy. What it has written there comes back by SQLite's own backup, a single transaction: a kill or
a full disk in the middle leaves the store as it was.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from mnist_core.errors import ExportError
from mnist_core.export.output import cannot_write, is_full, publish

STORE = "mlflow.db"


class StoreCopy:
    """A copy of a store, to be written into.

    Attributes:
        path: of the copy; not there yet if there is no store.
    """

    def __init__(self, store: Path, folder: Path) -> None:
        self.path = folder / STORE
        self._store = store
        self._connection = sqlite3.connect(store) if store.is_file() else None
        self._version = self._data_version()

    def take(self) -> None:
        """Copy the store as it is now."""
        if self._connection is not None:
            with _opened(self.path) as copy:
                self._connection.backup(copy)
            self._version = self._data_version()

    def bring_back(self) -> None:
        """Give the store the content of the copy.

        Raises:
            ExportError: another program has written into the store since it was copied.
            sqlite3.Error: it cannot be written, and is unchanged.
        """
        if self._connection is None:
            whole = self.path.with_name(f"whole-{STORE}")
            with _opened(self.path) as copy, _opened(whole) as target:
                copy.backup(target)
            publish(whole, self._store, overwrite=False)
            return
        if self._data_version() != self._version:
            raise ExportError(f"Another program has written into {self._store} meanwhile. Export the run again.")
        with _opened(self.path) as copy:
            copy.backup(self._connection)

    def close(self) -> None:
        """Let go of the store."""
        if self._connection is not None:
            self._connection.close()

    def _data_version(self) -> int:
        """A number that changes when another connection has changed the store; 0 if there is none."""
        if self._connection is None:
            return 0
        self._connection.execute("SELECT * FROM sqlite_master LIMIT 1")  # the number alone is told of any file
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


@contextlib.contextmanager
def store_copy(store: Path, folder: Path) -> Iterator[StoreCopy]:
    """What copies a store into a folder.

    Raises:
        ExportError: the store is no SQLite file, is in use, or cannot be written.
    """
    try:
        with contextlib.closing(StoreCopy(store, folder)) as copy:
            yield copy
    except sqlite3.Error as error:
        raise _in_words(store, error) from error


def _opened(path: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(path))


def _in_words(store: Path, error: sqlite3.Error) -> ExportError:
    if error.sqlite_errorcode == sqlite3.SQLITE_FULL or is_full(store.parent):
        return cannot_write(store, OSError(errno.ENOSPC, str(error)))
    return ExportError(f"{store} cannot be used as an MLflow store: {error}.")
