"""The index of runs: a cache in SQLite that answers what would otherwise take reading every run directory.

It says nothing that the directories do not say. Before an answer, entries whose `run.json` has another time, size or
inode are read again; those of other processes are noticed at the latest after `FRESH_SECONDS`, small folders at every
question. It may be deleted at any time. Damaged, it is rebuilt; where it cannot be written, it is held in memory, and
`notice` says so.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from mnist_core.locks import is_locked
from mnist_core.runs.document import read_run, unreadable
from mnist_core.runs.index_file import (
    INDEX_NAME,
    REBUILT,
    delete_file,
    is_damage,
    memory_sentence,
    open_file,
    open_memory,
)
from mnist_core.runs.index_rows import COLUMNS, ROW_COLUMNS, RunRow, Stamp, column_values, row_from_values
from mnist_core.runs.query import FIELDS, RunQuery
from mnist_core.runs.record import DamagedRun, RunRecord, RunStatus, is_run_id

T = TypeVar("T")

FRESH_SECONDS = 1.0
"""In a large folder, so long a look at the directories is relied on."""

QUICK_SECONDS = 0.01
"""A folder that is looked through in less time is looked at before every answer."""

NO_FILE: Stamp = (0, 0, 0)
EVERYTHING = RunQuery()

_indices: weakref.WeakValueDictionary[Path, RunIndex] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def index_of(root: Path) -> RunIndex:
    """The index of a folder of runs; all stores of a process on the same folder share it."""
    with _opening:
        index = _indices.get(root)
        if index is None:
            index = _indices[root] = RunIndex(root)
        return index


class RunIndex:
    """Answers questions about the runs of one folder; may be used by several threads.

    Attributes:
        notice: a sentence if the index was damaged, or cannot be written; else empty.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notice = ""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode: int | None = None  # of the file; None in memory
        self._version = -1  # what SQLite counts up when another connection has written
        self._stamps: dict[str, Stamp] = {}
        self._noted: set[str] = set()
        self._awaits_folder = False
        self._running: dict[str, str] = {}  # runs that say they run, with the status that is in the index
        self._looked_at = float("-inf")
        self._look_seconds = 0.0

    # Questions ---------------------------------------------------------------------------------------------------

    def rows(self, query: RunQuery = EVERYTHING) -> tuple[RunRow, ...]:
        """The rows of the readable runs that a query asks for."""

        def ask() -> tuple[RunRow, ...]:
            return tuple(row_from_values(values) for values in self._select(", ".join(ROW_COLUMNS), query))

        return self._answer(ask)

    def ids(self, query: RunQuery = EVERYTHING) -> tuple[str, ...]:
        """Their ids."""
        return tuple(run_id for run_id, _ in self.stamped_ids(query))

    def stamped_ids(self, query: RunQuery = EVERYTHING) -> tuple[tuple[str, Stamp], ...]:
        """Their ids, each with the stamp of the `run.json` that the index has read."""
        columns = "run_id, mtime_ns, size, inode"
        return self._answer(
            lambda: tuple(
                (row[0], (row[1], row[2], row[3])) for row in self._select(columns, query) if is_run_id(row[0])
            )
        )

    def count(self, query: RunQuery = EVERYTHING) -> int:
        """How many readable runs a query asks for, whatever its limit."""
        part, values = query.where()
        sql = f"SELECT COUNT(*) FROM runs WHERE {part}"
        return self._answer(lambda: int(self._sql(sql, values)[0][0]))

    def values(self, column: str) -> tuple[str, ...]:
        """The different values of a column of texts, such as `dataset`, in alphabetical order."""
        assert column in ROW_COLUMNS
        sql = f"SELECT DISTINCT {column} FROM runs WHERE reason IS NULL AND {column} <> '' ORDER BY {column}"
        return self._answer(lambda: tuple(str(value) for (value,) in self._sql(sql)))

    def best_of_each(self, column: str, query: RunQuery) -> tuple[str, ...]:
        """For each value of a column, the id of the run with the highest validation accuracy, the newest of equal ones.

        The order is that in which the values are met, from the newest run on.
        """
        assert column in ROW_COLUMNS
        part, values = query.where()
        sql = (
            f"SELECT run_id FROM (SELECT run_id, MAX(run_id) OVER (PARTITION BY {column}) AS newest, ROW_NUMBER() OVER "
            f"(PARTITION BY {column} ORDER BY IFNULL(validation_accuracy, 0) DESC, run_id DESC) AS place "
            f"FROM runs WHERE {part}) WHERE place = 1 ORDER BY newest DESC"
        )
        return self._answer(lambda: tuple(run_id for (run_id,) in self._sql(sql, values) if is_run_id(run_id)))

    def repeats(self, query: RunQuery = EVERYTHING) -> tuple[tuple[str, int], ...]:
        """The keys of repeats among the runs that a query asks for, with how many runs have each.

        They are in the order of their first run in the order of the query; its limit counts keys.
        """
        part, values = query.where()
        by, choose = FIELDS[query.sort].sql, "MAX" if query.is_descending else "MIN"
        direction = "DESC" if query.is_descending else "ASC"
        sql = (
            f"SELECT repeat_key, COUNT(*), {choose}({by}) AS first FROM runs WHERE {part} GROUP BY repeat_key "
            f"ORDER BY first IS NULL, first {direction}, MAX(run_id) DESC {query.part()}"
        )
        return self._answer(lambda: tuple((str(key), int(count)) for key, count, _ in self._sql(sql, values)))

    def count_repeats(self, query: RunQuery = EVERYTHING) -> int:
        """How many different keys of repeats there are, whatever the limit of the query."""
        part, values = query.where()
        sql = f"SELECT COUNT(DISTINCT repeat_key) FROM runs WHERE {part}"
        return self._answer(lambda: int(self._sql(sql, values)[0][0]))

    def damaged(self) -> tuple[DamagedRun, ...]:
        """Run directories that cannot be read, the newest first."""
        sql = "SELECT run_id, reason FROM runs WHERE reason IS NOT NULL ORDER BY run_id DESC"
        return self._answer(
            lambda: tuple(DamagedRun(run_id=str(run_id), reason=str(reason)) for run_id, reason in self._sql(sql))
        )

    # Keeping up --------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look at the directories before the next answer, however short ago that was."""
        with self._lock:
            self._looked_at = float("-inf")

    def note(self, run_id: str) -> None:
        """This process has changed a run: it is read again before the next answer."""
        with self._lock:
            self._noted.add(run_id)

    def close(self) -> None:
        """Close the database; the next question opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._looked_at = None, float("-inf")

    def _answer(self, ask: Callable[[], T]) -> T:
        with self._lock:
            return self._guarded(lambda: self._fresh(ask))

    def _fresh(self, ask: Callable[[], T]) -> T:
        self._refresh()
        return ask()

    def _guarded(self, work: Callable[[], T]) -> T:
        """What `work` returns, if need be with a new index: first in a new file, then in memory."""
        for rescue in (self._rebuild, self._go_to_memory):
            try:
                return work()
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                rescue(error)
        return work()

    def _rebuild(self, error: Exception) -> None:
        if not is_damage(error):
            self._go_to_memory(error)
            return
        self.close()
        delete_file(self.root)
        self.notice = REBUILT

    def _go_to_memory(self, error: Exception) -> None:
        self.close()
        self.notice = memory_sentence(error)
        self._use(open_memory())
        self._inode, self._awaits_folder = None, False

    def _use(self, connection: sqlite3.Connection) -> None:
        self._connection, self._version = connection, -1
        self._looked_at = float("-inf")

    def _refresh(self) -> None:
        self._open()
        self._reload()
        is_quick = self._look_seconds < QUICK_SECONDS
        noted = tuple(self._noted)
        if is_quick or time.monotonic() - self._looked_at > FRESH_SECONDS:
            began = time.monotonic()
            found = scan(self.root)
            self._look_seconds, self._looked_at = time.monotonic() - began, began
            self._compare(found, self._stamps.keys() | found.keys())
        elif noted:
            self._compare({run_id: stamp for run_id in noted if (stamp := _stamp(self.root, run_id))}, noted)
        self._noted.difference_update(noted)
        self._correct_running()

    def _compare(self, found: Mapping[str, Stamp], run_ids: Iterable[str]) -> None:
        """Take over what has changed of some runs, whose stamps were `found` now."""
        differ = [run_id for run_id in run_ids if self._stamps.get(run_id) != found.get(run_id)]
        self._take_over(
            {run_id: found[run_id] for run_id in differ if run_id in found},
            gone=[run_id for run_id in differ if run_id not in found],
        )

    def _open(self) -> None:
        if self._connection is not None:
            is_deleted = self._inode is not None and _inode(self.root) != self._inode
            if not is_deleted and not (self._awaits_folder and self.root.is_dir()):
                return
            self.close()
        self._awaits_folder = not self.root.is_dir()
        self._use(open_memory() if self._awaits_folder else open_file(self.root))
        self._inode = None if self._awaits_folder else _inode(self.root)

    def _reload(self) -> None:
        """Read what the index knows, if another process has written to it."""
        ((version,),) = self._sql("PRAGMA data_version")
        if version == self._version:
            return
        rows = self._sql("SELECT run_id, mtime_ns, size, inode, status, stored_status FROM runs")
        self._stamps = {run_id: (int(time_ns), int(size), int(inode)) for run_id, time_ns, size, inode, *_ in rows}
        self._running = {row[0]: row[4] for row in rows if row[5] == RunStatus.RUNNING.value}
        self._version = version

    def _take_over(self, changed: Mapping[str, Stamp], *, gone: Iterable[str]) -> None:
        """Read the changed runs, and replace their rows."""
        gone = tuple(gone)
        if not changed and not gone:
            return
        stamps, values, running = dict(changed), [], {}
        for run_id in changed:
            try:
                run: RunRecord | DamagedRun = read_run(self.root / run_id)
            except OSError as error:
                run = DamagedRun(run_id=run_id, reason=unreadable(error))
                stamps[run_id] = NO_FILE  # so that it is tried again
            if isinstance(run, RunRecord) and run.status is RunStatus.RUNNING:
                running[run_id] = run.status.value
            values.append(column_values(run_id, stamps[run_id], run))
        self._write([
            ("DELETE FROM runs WHERE run_id = ?", [(run_id,) for run_id in gone]),
            (f"INSERT OR REPLACE INTO runs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", values),
        ])  # fmt: skip
        for run_id in (*gone, *changed):
            self._stamps.pop(run_id, None)
            self._running.pop(run_id, None)
        self._stamps |= stamps
        self._running |= running

    def _correct_running(self) -> None:
        """A run that says it runs is interrupted if no worker holds its lock."""
        wrong = {}
        for run_id, known in self._running.items():
            is_held = is_locked(self.root / run_id / "lock")
            status = (RunStatus.RUNNING if is_held else RunStatus.INTERRUPTED).value
            if status != known:
                wrong[run_id] = status
        if wrong:
            self._write([("UPDATE runs SET status = ? WHERE run_id = ?", [(s, r) for r, s in wrong.items()])])
            self._running |= wrong

    def _write(self, statements: Iterable[tuple[str, list[tuple[Any, ...]]]]) -> None:
        assert self._connection is not None
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in statements:
                self._connection.executemany(sql, values)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _select(self, columns: str, query: RunQuery) -> list[tuple[Any, ...]]:
        part, values = query.where()
        return self._sql(f"SELECT {columns} FROM runs WHERE {part} ORDER BY {query.order()}", values)

    def _sql(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        assert self._connection is not None
        return self._connection.execute(sql, values).fetchall()


def scan(root: Path) -> dict[str, Stamp]:
    """The stamp of every run directory; links are not runs. Empty if the folder does not exist."""
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return {}
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries if is_run_id(entry.name) and entry.is_dir(follow_symlinks=False)]
        for name in names:
            try:
                stat = os.stat(f"{name}/run.json", dir_fd=descriptor)
            except OSError:
                found[name] = NO_FILE
            else:
                found[name] = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except OSError:
        return found
    finally:
        os.close(descriptor)
    return found


def _stamp(root: Path, run_id: str) -> Stamp | None:
    """The stamp of one run directory; None if there is none."""
    folder = root / run_id
    if folder.is_symlink() or not folder.is_dir():
        return None
    try:
        stat = (folder / "run.json").stat()
    except OSError:
        return NO_FILE
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _inode(root: Path) -> int | None:
    try:
        return (root / INDEX_NAME).stat().st_ino
    except OSError:
        return None
