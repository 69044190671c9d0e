"""The table of runs: a part of it at a time, from the index; what is selected can be marked, compared or deleted."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.shared.digits.digit_list import digest_of_texts
from dashboard.shared.empty_state import render_no_runs
from dashboard.shared.errors import explain_errors
from dashboard.shared.notices import show_notices
from dashboard.state.current import CurrentChoices
from dashboard.state.session import is_partial_rerun
from dashboard.views.runs.actions import render_actions, take_changed
from dashboard.views.runs.choices import RunsChoices, runs
from dashboard.views.runs.columns import NAME, columns_shown, export_table, record_columns
from dashboard.views.runs.filters import PAGE_SIZE, asked_query, order, page_of, render_filters, sort_by
from dashboard.views.runs.records import shown_rows
from dashboard.views.runs.selection import (
    note_shown,
    select,
    selected_ids,
    selected_runs,
    take_folded,
    take_picked,
    unfolded,
)
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pager import pager
from dashboard.widgets.record_table import RecordLink, asked_of, record_table
from mnist_core.evaluation.export import selection_csv
from mnist_core.runs.index_rows import RunRow
from mnist_core.runs.query import RunQuery, equal
from mnist_core.runs.record import is_run_id
from mnist_core.words import counted

TABLE = "runs.table"
TICK_SECONDS, IDLE_SECONDS = 2.0, 5.0
"""How often the table looks for changes: while something trains or is queued, and else."""
N_DAMAGED = 5
OPENED_ON = ("train", "evaluate", "mistakes", "inside")
"""The pages that show one run."""


def render_table() -> None:
    """Filters and the table, which follows what other tabs and processes do."""
    store = cached.run_store()
    if store.index.count() == 0 and not store.damaged():
        render_no_runs()
        return
    render_filters()
    is_active = store.has_active()
    take_changed()
    st.fragment(_render_now, run_every=TICK_SECONDS if is_active else IDLE_SECONDS)(is_active)
    _render_damaged()
    if store.index.notice:
        st.caption(f":material/info: {escape_markdown(store.index.notice)}")


@explain_errors()
def _render_now(was_active: bool) -> None:
    if is_partial_rerun() and (take_changed() or cached.run_store().has_active() != was_active):
        st.rerun()  # the bar above names runs too
    show_notices()
    _take_asked()
    query = asked_query()
    groups, n_rows, n_runs = _groups(query)
    selected = selected_runs(query)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs.count"):
        _render_count(query, n_rows, n_runs, len(selected))
    render_actions(selected)
    names = columns_shown(runs.columns, order_by=order().by)
    _render_rows(groups, names)
    with st.container(horizontal=True, vertical_alignment="center", key="runs.below"):
        n_pages = max(1, -(-n_rows // PAGE_SIZE))
        pager(n_pages, number=_page(n_rows), key="runs.page", of=digest_of_texts((str(query),)), on_turn=_turn)
        _render_export(query, names)


def _take_asked() -> None:
    """Do what was clicked in the table."""
    asked = asked_of(TABLE)
    if asked.sorted is not None:
        sort_by(asked.sorted)
    if asked.picked is not None:
        take_picked(asked.picked)
    if asked.folded is not None:
        take_folded(asked.folded)
    if asked.opened is not None:
        page, run_id = asked.opened
        target = page_named(page) if page in OPENED_ON and is_run_id(run_id) else None
        if target is not None:
            st.switch_page(target, query_params={CurrentChoices.run.param: run_id})


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


def _render_count(query: RunQuery, n_rows: int, n_runs: int, n_selected: int) -> None:
    st.markdown(_count_words(n_rows, n_runs) + (f", **{n_selected:,} selected**" if n_selected else ""),
                width="content")  # fmt: skip
    all_words = f"Select all {n_runs:,}" if n_runs else "Select all"
    st.button(all_words, key="runs.select_all", type="tertiary", on_click=_select_all, args=(query,),
              disabled=n_selected == n_runs, help="On all pages, with this search and filter.")  # fmt: skip
    if n_selected:
        st.button("Select none", key="runs.select_none", type="tertiary", on_click=select, args=((),))


def _select_all(query: RunQuery) -> None:
    select(cached.run_store().index.ids(query))


def _count_words(n_rows: int, n_runs: int) -> str:
    if n_runs == 0:
        return "No run matches."
    found = counted(n_runs, "run")
    return found if n_rows == n_runs else f"{found} in {n_rows:,} rows of repeats"


def _render_rows(groups: list[tuple[RunRow, ...]], names: tuple[str, ...]) -> None:
    if not groups:
        return
    shown = tuple(shown_rows(groups, names, unfolded()))
    note_shown(shown)
    record_table(
        record_columns(names, is_grouped=runs.repeats),
        [record for record, _ in shown],
        key=TABLE,
        label="Runs",
        naming=NAME,
        selected=selected_ids(shown),
        order=(order().by, order().descending),
        links=_links(),
    )


def _links() -> tuple[RecordLink, ...]:
    """The pages that show one run; their addresses are beside that of this page."""
    pages = [(name, page_named(name)) for name in OPENED_ON]
    return tuple(
        RecordLink(name=name, title=page.title, icon=page.icon.removeprefix(":material/").removesuffix(":"),
                   address=f"{page.url_path}?{CurrentChoices.run.param}=")
        for name, page in pages if page is not None
    )  # fmt: skip


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
