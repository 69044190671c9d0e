"""Keeps the index true: it is compared with the directories before an answer, and made anew where it is damaged."""

from __future__ import annotations

import sqlite3
import threading
import time
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
from mnist_core.runs.index_rows import COLUMNS, UNATTENDED, Stamp, column_values
from mnist_core.runs.index_scan import NO_FILE, scan, stamp_of
from mnist_core.runs.record import DamagedRun, RunRecord, RunStatus

T = TypeVar("T")

FRESH_SECONDS = 1.8
"""In a large folder, so long a look at the directories is relied on."""

QUICK_SECONDS = 0.01
"""A folder that is looked through in less time is looked at before every answer."""

MANY = 500
"""After so many new rows, SQLite counts anew how much each of its sorted lists narrows down."""


class KeptIndex:
    """The table of runs in SQLite, brought up to date before every answer; may be used by several threads.

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
        self._running: dict[str, tuple[str, str]] = {}  # runs that say they run: status in the index, and unattended
        self._looked_at = float("-inf")
        self._look_seconds = 0.0

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
            self._compare({run_id: stamp for run_id in noted if (stamp := stamp_of(self.root, run_id))}, noted)
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
        self._running = {row[0]: (row[4], UNATTENDED[row[5]]) for row in rows if row[5] in UNATTENDED}
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
                running[run_id] = run.status.value, run.unattended_status.value
            values.append(column_values(run_id, stamps[run_id], run))
        self._write([
            ("DELETE FROM runs WHERE run_id = ?", [(run_id,) for run_id in gone]),
            (f"INSERT OR REPLACE INTO runs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", values),
        ])  # fmt: skip
        if len(changed) > MANY:
            self._sql("ANALYZE")  # or SQLite would choose by counts of no runs among what it keeps sorted
        for run_id in (*gone, *changed):
            self._stamps.pop(run_id, None)
            self._running.pop(run_id, None)
        self._stamps |= stamps
        self._running |= running

    def _correct_running(self) -> None:
        """A run that says it runs does not if no worker holds its lock."""
        wrong = {}
        for run_id, (known, unattended) in self._running.items():
            is_held = is_locked(self.root / run_id / "lock")
            status = RunStatus.RUNNING.value if is_held else unattended
            if status != known:
                wrong[run_id] = status, unattended
        if wrong:
            self._write([("UPDATE runs SET status = ? WHERE run_id = ?", [(s, r) for r, (s, _) in wrong.items()])])
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

    def _sql(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        assert self._connection is not None
        return self._connection.execute(sql, values).fetchall()


def _inode(root: Path) -> int | None:
    try:
        return (root / INDEX_NAME).stat().st_ino
    except OSError:
        return None
