"""The bin: deleted runs and searches, to restore or to remove for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from dashboard import cached
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.notices import leave_notice, told_as_notice
from dashboard.state.session import per_tab
from dashboard.views.runs.columns import NAME, record_columns
from dashboard.views.runs.records import shown_rows
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.record_table import MAX_RECORDS, asked_of, record_table
from mnist_core.runs import bin as bins
from mnist_core.runs.query import RunQuery
from mnist_core.tuning.deleting import left_in_bin, restore_study
from mnist_core.words import counted, listed, word_for

TABLE = "runs.bin"
COLUMNS = (NAME, "status", "test_accuracy", "dataset", "created", "tags", "note")


def render_bin() -> None:
    """The deleted runs, of which several can be selected, and the deleted searches."""
    deleted = cached.deleted_runs()
    n_runs, damaged, studies = deleted.index.count(), deleted.damaged(), bins.deleted_studies(cached.run_store())
    if n_runs == 0 and not damaged and not studies:
        text = "Deleted runs and searches are here until the bin is emptied."
        render_empty_state("The bin is empty", text, icon="delete")
        return
    rows = deleted.index.rows(RunQuery(limit=MAX_RECORDS))
    picked = _picked([row.run_id for row in rows])
    shown = f"; the last {len(rows):,} are listed" if n_runs > len(rows) else ""
    st.markdown(f"{_content(n_runs, len(studies))}{shown}")
    with st.container(horizontal=True, key="runs.bin.actions"):
        _render_actions(picked, deleted.run_ids(), studies)
    if rows:
        records = [replace(record, opens=False) for record, _ in shown_rows([(row,) for row in rows], COLUMNS, ())]
        record_table(record_columns(COLUMNS, can_be_sorted=False), records, key=TABLE, label="Deleted runs",
                     name="deleted runs", naming=NAME, selected=picked)  # fmt: skip
    for run in damaged:
        st.caption(f":material/warning: {run.run_id} is damaged.")
    if studies:
        _render_studies(Counter(study.name for study in studies))


def _render_studies(counts: Mapping[str, int]) -> None:
    """A line for each name of deleted searches, with a button that restores the one that was deleted last."""
    st.subheader("Deleted searches", anchor=False)
    st.caption("Restore brings a search back together with the runs that were deleted with it.")
    for name, n in counts.items():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button("Restore", icon=":material/restore_from_trash:", key=f"runs.restore_study.{name}",
                      on_click=_restore_study, args=(name,))  # fmt: skip
            several = f" · {n:,} of this name; the last deleted one comes first" if n > 1 else ""
            st.markdown(f"{escape_markdown(name)}{several}")


def _content(n_runs: int, n_studies: int) -> str:
    """What is in the bin: "2 deleted runs and 1 deleted search"."""
    runs = [counted(n_runs, "deleted run")] if n_runs or not n_studies else []
    searches = [counted(n_studies, "deleted search", "deleted searches")] if n_studies else []
    return listed(runs + searches)


def _removed(n_runs: int, n_studies: int) -> str:
    return f"{_content(n_runs, n_studies)} {word_for(n_runs + n_studies, 'is', 'are')} removed"


def _picked(listed: Sequence[str]) -> tuple[str, ...]:
    """The selected ones among the runs that are listed."""
    kept: set[str] = per_tab("runs.bin.selected", set)
    for run_id, is_picked in (asked_of(TABLE).picked or {}).items():
        (kept.add if is_picked else kept.discard)(run_id)
    kept.intersection_update(listed)
    return tuple(run_id for run_id in listed if run_id in kept)


def _render_actions(picked: tuple[str, ...], run_ids: tuple[str, ...], studies: tuple[bins.DeletedStudy, ...]) -> None:
    st.button("Restore", icon=":material/restore_from_trash:", key="runs.restore", disabled=not picked,
              on_click=_restore, args=(picked,))  # fmt: skip
    with st.popover("Empty the bin", icon=":material/delete_forever:", key="runs.empty"):
        st.markdown(f"{_removed(len(run_ids), len(studies))} from the disk for good. This cannot be undone.")
        st.button("Remove for good", type="primary", key="runs.empty.confirm", on_click=_empty, args=(run_ids, studies))


def _restore(ids: tuple[str, ...]) -> None:
    for run_id in ids:
        with told_as_notice():
            bins.restore(cached.run_store(), run_id)


def _restore_study(name: str) -> None:
    with told_as_notice():
        runs = restore_study(cached.run_store(), name)
        with_runs = f" with {counted(len(runs), 'run')}" if runs else ""
        leave_notice(f"The search {name} is restored{with_runs}. {left_in_bin(cached.run_store(), name)}".rstrip())


def _empty(run_ids: tuple[str, ...], studies: tuple[bins.DeletedStudy, ...]) -> None:
    """Remove what was counted beside the button; what another tab has deleted since stays in the bin."""
    with told_as_notice():
        n_runs = bins.remove(cached.run_store(), run_ids, studies)
        leave_notice(f"{_removed(n_runs, len(studies))} for good.")
