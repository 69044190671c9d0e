"""The bin: deleted runs, to restore or to remove for good."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.digit_list import digest_of_texts
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.notices import leave_notice
from dashboard.views.runs.columns import column_settings, run_table
from mnist_core.errors import MnistCoreError
from mnist_core.runs import bin as bins
from mnist_core.runs.query import RunQuery

COLUMNS = ("name", "status", "test_accuracy", "dataset", "created")
MAX_LISTED = 500


def render_bin() -> None:
    """The deleted runs; several can be selected."""
    deleted = bins.bin_of(cached.run_store())
    ids = deleted.run_ids()
    if not ids:
        render_empty_state("The bin is empty", "Deleted runs are here until the bin is emptied.", icon="delete")
        return
    rows = deleted.index.rows(RunQuery(limit=MAX_LISTED))
    st.markdown("1 deleted run" if len(ids) == 1 else f"{len(ids):,} deleted runs")
    actions = st.container(horizontal=True, key="runs.bin.actions")
    event = st.dataframe(
        run_table(rows, COLUMNS),
        key=f"runs.bin.{digest_of_texts(ids)}",
        hide_index=True,
        column_config=column_settings(COLUMNS),
        on_select="rerun",
        selection_mode="multi-row",
        height="content",
    )
    picked = tuple(rows[place].run_id for place in event["selection"]["rows"] if 0 <= place < len(rows))
    for run in deleted.damaged():
        st.caption(f":material/warning: {run.run_id} is damaged.")
    with actions:
        _render_actions(picked)


def _render_actions(picked: tuple[str, ...]) -> None:
    st.button("Restore", icon=":material/restore_from_trash:", key="runs.restore", disabled=not picked,
              on_click=_restore, args=(picked,))  # fmt: skip
    with st.popover("Empty the bin", icon=":material/delete_forever:", key="runs.empty"):
        st.markdown("All deleted runs are removed for good. This cannot be undone.")
        st.button("Remove for good", type="primary", key="runs.empty.confirm", on_click=_empty)


def _restore(ids: tuple[str, ...]) -> None:
    for run_id in ids:
        try:
            bins.restore(cached.run_store(), run_id)
        except MnistCoreError as error:
            leave_notice(str(error), is_error=True)


def _empty() -> None:
    try:
        removed = bins.empty(cached.run_store())
    except MnistCoreError as error:
        leave_notice(str(error), is_error=True)
    else:
        leave_notice("1 run is removed for good." if removed == 1 else f"{removed:,} runs are removed for good.")
