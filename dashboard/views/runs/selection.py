"""The runs that this tab has selected in the table, and the repeats that it has unfolded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dashboard import cached
from dashboard.state.session import per_tab
from dashboard.views.runs.records import Shown
from mnist_core.runs.index_rows import RunRow
from mnist_core.runs.query import RunQuery


def selected_runs(query: RunQuery) -> tuple[RunRow, ...]:
    """The selected runs that the table shows, on any of its pages; the others are no longer selected.

    So nothing is deleted that is out of sight.
    """
    selected = _selected()
    if not selected:
        return ()
    rows = cached.run_store().index.rows_of(selected, query)
    select(row.run_id for row in rows)
    return rows


def selected_now() -> tuple[str, ...]:
    """The ids of the runs that were selected when the table was drawn last, the oldest first."""
    return tuple(sorted(_selected()))


def select(run_ids: Iterable[str]) -> None:
    """Select these runs and no others."""
    found = set(run_ids)
    _selected().clear()
    _selected().update(found)


def selected_ids(shown: Sequence[Shown]) -> frozenset[str]:
    """The ids of the rows whose runs are all selected."""
    return frozenset(record.id for record, runs in shown if _selected().issuperset(run.run_id for run in runs))


def note_shown(shown: Sequence[Shown]) -> None:
    """Keep what the rows on screen stand for, until something is clicked there."""
    _shown().clear()
    _shown().update({record.id: (runs[0].repeat_key, tuple(run.run_id for run in runs)) for record, runs in shown})


def take_picked(picked: Mapping[str, bool]) -> None:
    """Select and deselect what the browser says of the rows on screen; what has not changed there, stays."""
    before = frozenset(_selected())
    for record_id, is_picked in picked.items():
        _, runs = _shown().get(record_id, ("", ()))
        if runs and is_picked != before.issuperset(runs):
            (_selected().update if is_picked else _selected().difference_update)(runs)


def take_folded(record_id: str) -> None:
    """Unfold the repeats of a row, or fold them."""
    key, runs = _shown().get(record_id, ("", ()))
    if runs:
        unfolded().symmetric_difference_update({key})


def unfolded() -> set[str]:
    """The keys of the repeats that are shown one by one."""
    return per_tab("runs.unfolded", set)


def _selected() -> set[str]:
    return per_tab("runs.selected", set)


def _shown() -> dict[str, tuple[str, tuple[str, ...]]]:
    return per_tab("runs.shown", dict)
