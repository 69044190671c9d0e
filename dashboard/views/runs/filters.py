"""Search, filters and columns of the table, and the question that it asks of the index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.shared.linked_choice import linked_toggle
from dashboard.shared.notices import leave_notice
from dashboard.shared.settings.words import error_words
from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_kinds import Order
from dashboard.state.url_values import UrlValue
from dashboard.views.runs.choices import RunsChoices, runs
from dashboard.views.runs.columns import COLUMNS, RESULTS, SETTINGS, SORTED_BY, columns_shown
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import ConfigError
from mnist_core.runs.query import RunQuery, equal, parse_filter

PAGE_SIZE = 20
FILTER_HELP = (
    "Conditions, separated by commas. Each is a field, one of = != >= <= > < ~ (contains), and a value: "
    "recipe=two-conv, status=completed, tag=best, starred=yes, limit=none. Every score and every setting is a field."
)


def render_filters() -> None:
    """What is searched for, and which runs and columns are shown."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="runs.filters"):
        _text_box("Search", RunsChoices.text, width=190, placeholder="Name, id, tag, note")
        _text_box("Filter", RunsChoices.filters, width=260, placeholder="recipe=two-conv, tag=best",
                  help=FILTER_HELP)  # fmt: skip
        with st.popover("Rows and columns", icon=":material/view_column:", key="runs.columns.open"):
            _render_rows()
            _render_columns()


def asked_query() -> RunQuery:
    """The runs that are asked for, all pages of them; a filter that is none is left out, after saying so."""
    conditions = [equal("archived", int(runs.archived))]
    for text in (runs.filters or "").split(","):
        if text.strip():
            try:
                conditions.append(parse_filter(text))
            except ConfigError as error:
                st.warning(escape_markdown(error_words(error)), icon=":material/filter_alt_off:")
    by = order()
    return RunQuery(
        conditions=tuple(conditions),
        text=runs.text or "",
        sort=SORTED_BY[by.by],
        is_descending=by.descending,
    )


def order() -> Order:
    """The column that the table is sorted by."""
    return runs.sort if runs.sort.by in SORTED_BY else RunsChoices.sort.default


def sort_by(name: str) -> None:
    """Sort by a column; by the same once more turns the order round. Numbers begin with the highest."""
    if name in SORTED_BY:
        is_same = order().by == name
        descending = not order().descending if is_same else COLUMNS[name].is_number or name == "created"
        RunsChoices.sort.choose(Order(name, descending=descending))
        RunsChoices.page.reset()


def page_of(query: RunQuery, number: int) -> RunQuery:
    """One page of a question, from 1."""
    return replace(query, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)


def _text_box(label: str, choice: UrlValue[str | None], **more: Any) -> None:
    value = choice.get() or ""
    key = widget_key(f"linked.{choice.name}", value)
    # Without `max_chars`: the browser would take nothing of a longer text that is pasted, without a word.
    st.text_input(label, value, key=key, on_change=_take_text, args=(label, key, choice), **more)


def _take_text(label: str, key: str, choice: UrlValue[str | None]) -> None:
    text = " ".join(str(widget_value(key) or "").split())
    if len(text) > choice.max_length:
        n, most = f"{len(text):,}", f"{choice.max_length:,}"
        leave_notice(f"{label} takes at most {most} characters, not {n}: it stays as it was.", is_error=True)
        return
    choice.choose_sent(text or None)
    RunsChoices.page.reset()


def _render_rows() -> None:
    linked_toggle(
        "Group repeats", choice=RunsChoices.repeats, resets=(RunsChoices.page,),
        help="Runs that differ in the seed alone become one row: median and spread.",
    )  # fmt: skip
    linked_toggle(
        "Archived", choice=RunsChoices.archived, resets=(RunsChoices.page,),
        help="Show the archived runs instead of the others.",
    )  # fmt: skip


def _render_columns() -> None:
    shown = columns_shown(runs.columns)
    for title, part, draw in (("Columns", RESULTS, _pills), ("Settings", SETTINGS, _box)):
        chosen = [name for name in shown if name in part]
        name = f"linked.runs_{title.lower()}"
        key = widget_key(name, chosen, is_same=lambda sent, value: set(sent or []) == set(value))
        draw(
            title,
            tuple(part),
            default=chosen,
            format_func=lambda name: COLUMNS[name].title,
            key=key,
            on_change=_take_columns,
            args=(key, tuple(name for name in shown if name not in part)),
            width=340,
        )


def _pills(title: str, names: tuple[str, ...], **more: Any) -> None:
    st.pills(title, names, selection_mode="multi", wrap=True, **more)


def _box(title: str, names: tuple[str, ...], **more: Any) -> None:
    st.multiselect(title, names, placeholder="Any setting as a column", **more)


def _take_columns(key: str, others: tuple[str, ...]) -> None:
    chosen = columns_shown((*others, *(widget_value(key) or ())))
    RunsChoices.columns.choose_sent(() if chosen == columns_shown(()) else chosen)
