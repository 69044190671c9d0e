"""The SQLite database of the index: opened beside the runs, or held in memory where it cannot be written."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from mnist_core.runs.index_rows import COLUMNS

INDEX_NAME = "index.sqlite"
SCHEMA = 3
"""Version of the table. An index of another version is rebuilt, so it needs no migration."""

SORTED = {
    "test": "(test_accuracy)",
    "validation": "(validation_accuracy)",
    "repeats": "(repeat_key)",
    "status": "(status, reason) WHERE reason IS NULL",
    "images": "(sha256, run_id)",
    "listed": "(is_archived, run_id, reason) WHERE reason IS NULL",
    "damaged": "(run_id) WHERE reason IS NOT NULL",
}
"""What SQLite keeps sorted, so that these questions do not read every row. With `reason` in it, rows are counted
without being looked up."""

BUSY_SECONDS = 2.0
"""How long another process may hold the database before this one goes on in memory."""

DAMAGE_CODES = {
    sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
}  # fmt: skip
"""Primary result codes after which the file is made anew; ERROR is also what a missing table or column gives."""

REBUILT = "The index of runs was damaged. It has been rebuilt from the run directories; no run was lost."


def open_file(root: Path) -> sqlite3.Connection:
    """The index in the folder of runs, with its table; an index of another version is emptied.

    Raises:
        sqlite3.Error: it is damaged, locked, or cannot be written.
        OSError: it is a link, which could lead out of the folder.
    """
    path = root / INDEX_NAME
    if path.is_symlink():
        raise OSError(0, f"{INDEX_NAME} is a link")
    connection = _connect(str(path))
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        _make_table(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_memory() -> sqlite3.Connection:
    """An empty index in memory."""
    connection = _connect(":memory:")
    _make_table(connection)
    return connection


def delete_file(root: Path) -> None:
    """Delete the index; it is only a cache."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            (root / f"{INDEX_NAME}{suffix}").unlink(missing_ok=True)


def is_damage(error: Exception) -> bool:
    """True if the content of the file is the problem, rather than that it cannot be written now."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, ValueError | TypeError) or (code is not None and code & 0xFF in DAMAGE_CODES)


def memory_sentence(error: Exception) -> str:
    """Why the index is held in memory, for a person."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return (
        f"The index of runs cannot be written ({reason}). It is held in memory, so the first list after a start "
        "takes longer."
    )


def _connect(name: str) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _make_table(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA:
            connection.execute("DROP TABLE IF EXISTS runs")
        columns = ", ".join(f"{name} TEXT PRIMARY KEY" if name == "run_id" else name for name in COLUMNS)
        connection.execute(f"CREATE TABLE IF NOT EXISTS runs ({columns})")
        for name, columns in SORTED.items():
            connection.execute(f"CREATE INDEX IF NOT EXISTS runs_{name} ON runs {columns}")
        if version != SCHEMA:  # else it would count as a change, and every process would read all rows again
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
