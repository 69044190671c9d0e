"""The index of runs: a cache in SQLite that answers what would otherwise take reading every run directory.

It says nothing that the directories do not say. Before an answer, entries whose `run.json` has another time, size or
inode are read again; those of other processes are noticed at the latest after `FRESH_SECONDS`, small folders at every
question. It may be deleted at any time. Damaged, it is rebuilt; where it cannot be written, it is held in memory, and
`notice` says so.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mnist_core.runs.index_keeping import KeptIndex
from mnist_core.runs.index_rows import ROW_COLUMNS, RunRow, Stamp, row_from_values
from mnist_core.runs.query import FIELDS, RunQuery
from mnist_core.runs.record import DamagedRun, is_run_id

EVERYTHING = RunQuery()
ALL_COLUMNS = ", ".join(ROW_COLUMNS)
MAX_PARAMETERS = 500
"""Of one SQL statement; SQLite allows at least 999."""

_indices: weakref.WeakValueDictionary[Path, RunIndex] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def index_of(root: Path) -> RunIndex:
    """The index of a folder of runs; all stores of a process on the same folder share it."""
    with _opening:
        index = _indices.get(root)
        if index is None:
            index = _indices[root] = RunIndex(root)
        return index


class RunIndex(KeptIndex):
    """Answers questions about the runs of one folder."""

    def rows(self, query: RunQuery = EVERYTHING) -> tuple[RunRow, ...]:
        """The rows of the readable runs that a query asks for."""

        def ask() -> tuple[RunRow, ...]:
            if query.limit is None or query.limit > MAX_PARAMETERS:
                return tuple(map(row_from_values, self._select(ALL_COLUMNS, query)))
            # Sorting ids alone is faster than sorting whole rows, of which most are not on this page.
            ids = [run_id for (run_id,) in self._select("run_id", query)]
            found = {row.run_id: row for row in self._rows_among(ids, EVERYTHING)}
            return tuple(found[run_id] for run_id in ids)

        return self._answer(ask)

    def rows_of(self, run_ids: Iterable[str], query: RunQuery = EVERYTHING) -> tuple[RunRow, ...]:
        """The rows of those of these runs that a query asks for, whatever its limit; the newest first."""
        wanted = sorted(set(run_ids), reverse=True)

        def ask() -> tuple[RunRow, ...]:
            parts = (wanted[first : first + MAX_PARAMETERS] for first in range(0, len(wanted), MAX_PARAMETERS))
            return tuple(row for part in parts for row in self._rows_among(part, query))

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

    def _rows_among(self, run_ids: Sequence[str], query: RunQuery) -> list[RunRow]:
        part, values = query.where()
        places = ", ".join("?" * len(run_ids))
        sql = f"SELECT {ALL_COLUMNS} FROM runs WHERE run_id IN ({places}) AND {part} ORDER BY run_id DESC"
        return [row_from_values(found) for found in self._sql(sql, (*run_ids, *values))]

    def _select(self, columns: str, query: RunQuery) -> list[tuple[Any, ...]]:
        part, values = query.where()
        return self._sql(f"SELECT {columns} FROM runs WHERE {part} ORDER BY {query.order()}", values)
