"""The table of runs: a part of it at a time, from the index; what is selected can be marked, compared or deleted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.shared.digit_list import digest_of_texts
from dashboard.shared.empty_state import render_no_runs
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import show_notices
from dashboard.views.runs.actions import render_actions
from dashboard.views.runs.choices import RunsChoices, runs
from dashboard.views.runs.columns import column_settings, columns_shown, export_table, repeat_table, run_table
from dashboard.views.runs.filters import PAGE_SIZE, asked_query, page_of, render_filters
from dashboard.widgets.keyed_style import keyed_style
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pager import pager
from mnist_core.evaluation.export import selection_csv
from mnist_core.runs.index_rows import RunRow
from mnist_core.runs.query import RunQuery, equal

TICK_SECONDS = 2.0
N_DAMAGED = 5


def render_table() -> None:
    """Filters and the table; updated while a run trains or is queued."""
    store = cached.run_store()
    if store.index.count() == 0 and not store.damaged():
        render_no_runs()
        return
    render_filters()
    query = asked_query()
    st.fragment(_render_now, run_every=TICK_SECONDS if store.has_active() else None)(query)
    _render_damaged()
    if store.index.notice:
        st.caption(f":material/info: {escape_markdown(store.index.notice)}")


@explain_errors()
def _render_now(query: RunQuery) -> None:
    show_notices()
    groups, n_rows, n_runs = _groups(query)
    with st.container(key="runs.count"):
        st.markdown(_count_words(n_rows, n_runs))
    actions = st.container(key="runs.actions")
    names = columns_shown(runs.columns)
    selected = _render_rows(groups, names)
    with actions:
        render_actions(selected)
    with st.container(horizontal=True, vertical_alignment="center", key="runs.below"):
        n_pages = max(1, -(-n_rows // PAGE_SIZE))
        pager(n_pages, number=_page(n_rows), key="runs.page", of=digest_of_texts((str(query),)), on_turn=_turn)
        _render_export(query, names)


def _groups(query: RunQuery) -> tuple[list[tuple[RunRow, ...]], int, int]:
    """The rows of the open page, each with its runs, then how many rows and how many runs there are in all."""
    index = cached.run_store().index
    n_runs = index.count(query)
    if not runs.repeats:
        return [(row,) for row in index.rows(page_of(query, _page(n_runs)))], n_runs, n_runs
    n_rows = index.count_repeats(query)
    keys = index.repeats(page_of(query, _page(n_rows)))
    same = [RunQuery(conditions=(*query.conditions, equal("repeat_key", key)), text=query.text) for key, _ in keys]
    return [found for one in same if (found := index.rows(one))], n_rows, n_runs


def _page(n_rows: int) -> int:
    return min(runs.page, max(1, -(-n_rows // PAGE_SIZE)))


def _turn(number: int) -> None:
    RunsChoices.page.choose_sent(number)


def _count_words(n_rows: int, n_runs: int) -> str:
    if n_runs == 0:
        return "No run matches."
    found = "1 run" if n_runs == 1 else f"{n_runs:,} runs"
    return found if n_rows == n_runs else f"{found} in {n_rows:,} rows of repeats"


def _render_rows(groups: Sequence[Sequence[RunRow]], names: tuple[str, ...]) -> tuple[RunRow, ...]:
    """The rows; returns the runs of those that are selected."""
    if not groups:
        return ()
    table = repeat_table(groups, names) if runs.repeats else run_table([row for (row,) in groups], names)
    # Another key for other runs: a selection made in a table that has just been replaced must not select another run.
    ids = digest_of_texts(row.run_id for group in groups for row in group)
    # The buttons of the table itself would download one page, with texts that a spreadsheet runs as formulas.
    keyed_style("runs.rows", '[data-testid="stElementToolbar"]', "display: none")
    with st.container(key="runs.rows"):
        event = st.dataframe(
            table,
            key=f"runs.table.{ids}",
            hide_index=True,
            column_config=column_settings(names),
            on_select="rerun",
            selection_mode="multi-row",
            height="content",
        )
    picked = [place for place in event["selection"]["rows"] if isinstance(place, int) and 0 <= place < len(groups)]
    return tuple(row for place in picked for row in groups[place])


def _render_export(query: RunQuery, names: tuple[str, ...]) -> None:
    def make() -> bytes:
        table: pd.DataFrame = export_table(cached.run_store().index.rows(query), names)
        return selection_csv(table)

    st.download_button(
        "CSV",
        data=make,
        file_name="runs.csv",
        mime="text/csv",
        key="runs.export",
        icon=":material/download:",
        help="All pages of this table as a file, with the columns that are shown.",
        on_click="ignore",
    )


def _render_damaged() -> None:
    damaged = cached.run_store().damaged()
    for run in damaged[:N_DAMAGED]:
        st.caption(f":material/warning: {escape_markdown(run.run_id)} is damaged: {escape_markdown(run.reason)}")
    if len(damaged) > N_DAMAGED:
        st.caption(f"{len(damaged) - N_DAMAGED:,} more runs are damaged.")
