"""Runs as rows of the table: one for each run, or one for all repeats with their median and spread."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from dashboard import cached
from dashboard.shared.runs.names import told_apart
from dashboard.views.runs.columns import COLUMNS, CURVE, NAME, SCORES
from dashboard.widgets.record_table import Line, Record
from mnist_core.errors import RunError
from mnist_core.evaluation.repeats import spread_of
from mnist_core.runs.index_rows import RunRow
from mnist_core.shares import shown_range, shown_share

GROUP = "all-"
"""Stands before the id of the first run of a group: a run of its own has the plain id."""
MAX_INNER = 100
"""So many repeats are shown below their row; the row itself is about all."""
MIXED = "…"
"""Where repeats differ."""

Shown = tuple[Record, tuple[RunRow, ...]]
"""A row of the table, and the runs that it stands for."""


def run_record(row: RunRow, names: Iterable[str], *, title: str = "", is_inner: bool = False) -> Record:
    """The row of a run.

    Args:
        title: what it is called there, if that is more than its own title.
    """
    cells = (title if title and name == NAME else _cell(row, name) for name in names)
    return Record(id=row.run_id, cells=tuple(cells), is_inner=is_inner)


def shown_rows(
    groups: Sequence[tuple[RunRow, ...]], names: tuple[str, ...], unfolded: Collection[str]
) -> Iterator[Shown]:
    """A row for each group, and below those whose key of repeats is in `unfolded`, one for each of their runs."""
    rows = [row for group in groups for row in group]
    titles = told_apart([(row.title, row.seed, row.run_id) for row in rows])
    called = {row.run_id: title for row, title in zip(rows, titles, strict=True)}
    for group in groups:
        if len(group) == 1:
            yield run_record(group[0], names, title=called[group[0].run_id]), group
            continue
        is_open = group[0].repeat_key in unfolded
        cells = tuple(_shared_cell(group, name) for name in names)
        yield Record(id=f"{GROUP}{group[0].run_id}", cells=cells, count=len(group), is_open=is_open, opens=False), group
        for row in group[:MAX_INNER] if is_open else ():
            yield run_record(row, names, title=called[row.run_id], is_inner=True), (row,)


def _cell(row: RunRow, name: str) -> str | Line:
    if name == CURVE:
        return _curve(row)
    column = COLUMNS[name]
    if column.told is not None:
        return column.told(row)
    value = column.value(row)
    return column.none if value is None else column.words(value)


def _shared_cell(group: Sequence[RunRow], name: str) -> str | Line:
    """The median and the spread of scores; of anything else, what all have in common."""
    if name in SCORES:
        return _spread([getattr(row, name) for row in group])
    if name == NAME:
        return f"{len(group):,} × {group[0].title}"
    if name == CURVE:
        return ""
    found = {_cell(row, name) for row in group}
    return found.pop() if len(found) == 1 else MIXED


def _curve(row: RunRow) -> str | Line:
    """Validation accuracy after each epoch; read when the row is shown."""
    if not row.epochs_done:
        return ""
    try:
        history = cached.history(row.run_id)
    except RunError:  # deleted meanwhile
        return ""
    values = tuple(metrics.val_accuracy for metrics in history)
    ends = f"{shown_share(values[0])} to {shown_share(values[-1])}" if values else ""
    return Line(values=values, note=f"Validation accuracy after {len(values)} epochs: {ends}")


def _spread(scores: Sequence[float | None]) -> str:
    spread = spread_of(scores)
    if spread is None:
        return ""
    if spread.count == 1:
        return shown_share(spread.median)
    return f"{shown_share(spread.median)} ({shown_range(spread.low, spread.high)})"
