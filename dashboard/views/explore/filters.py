"""The controls that filter and sort the grid."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.linked_choice import linked_labels, linked_order, linked_segments
from dashboard.shared.measure_range import render_range_slider, slider_ends
from dashboard.shared.measures import WHOLE_NUMBERS
from dashboard.state.session import widget_key, widget_value
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices, explore
from dashboard.views.explore.grid_query import SELECTED, current_query, is_limited
from dashboard.views.explore.run_columns import described, shown_value
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.data.finding.selection import PAGE_SIZES, SORT_BY_LABEL, SORT_BY_ROW, Columns, GridQuery, Range
from mnist_core.data.measures.registry import MEASURES

SORTS = {SORT_BY_ROW: "File order", SORT_BY_LABEL: "Label"}
RANGED_KEY = "explore.ranged"
PAGE = (ExploreChoices.page,)


def render_filters(dataset: Dataset, columns: Columns) -> GridQuery:
    """The controls above the grid; returns the query they make up.

    Args:
        columns: what can be sorted and filtered by besides row and label, each (N,) for the split that is shown.
    """
    offered = tuple(name for name in columns if name != SELECTED)
    with st.container(horizontal=True, vertical_alignment="bottom", key="explore.filter_row"):
        linked_labels("Label", dataset.class_names, choice=ExploreChoices.labels, resets=PAGE)
        linked_order(
            {**SORTS, **{name: described(name).title for name in offered}},
            choice=ExploreChoices.sort,
            resets=PAGE,
            help="Ties keep file order; images without a value come last.",
        )
        with st.popover(
            _filter_title(offered),
            icon=":material/filter_alt:",
            help="Filter by ranges of measures, and set the page size.",
        ):
            _render_ranges(offered, columns)
            _render_page_size()
    return current_query(columns)


def needs_measures() -> bool:
    """Whether the grid is sorted or limited by a handwriting measure."""
    return explore.sort.by in MEASURES or any(item.name in MEASURES for item in explore.where)


def describe_query(query: GridQuery, dataset: Dataset) -> str:
    """The filters as Markdown text; empty if there are none."""
    parts = []
    if query.labels:
        parts.append("label " + ", ".join(escape_markdown(dataset.class_names[label]) for label in query.labels))
    for item in query.ranges:
        parts.append("in the selection" if item.name == SELECTED else _range_words(item))
    return " · ".join(parts)


def clear_filters() -> None:
    """Show all images of the split."""
    reset(ExploreChoices.labels, ExploreChoices.where, ExploreChoices.selection, *PAGE)


def _filter_title(offered: tuple[str, ...]) -> str:
    n = sum(is_limited(item) and item.name in offered for item in explore.where)
    return f"Filters ({n})" if n else "Filters"


def _render_ranges(offered: tuple[str, ...], columns: Columns) -> None:
    if not offered:
        st.caption("The measures are not computed yet.")
        return
    ranges = {item.name: item for item in explore.where if item.name in offered}
    key = widget_key(RANGED_KEY, list(ranges), is_same=lambda shown, value: list(shown or []) == value)
    st.multiselect(
        "Filter by",
        offered,
        default=list(ranges),
        format_func=lambda name: described(name).title,
        key=key,
        on_change=_take_ranged,
        args=(key,),
        placeholder="Choose measures",
        help="Adds a range slider for each. Images within all ranges are shown.",
    )
    for name, item in ranges.items():
        ends = slider_ends(columns[name], is_whole=name in (*WHOLE_NUMBERS, "correct"))
        render_range_slider(item, described(name), ends, choice=ExploreChoices.where, resets=PAGE)


def _render_page_size() -> None:
    linked_segments(
        "Images per page",
        tuple(sorted({*PAGE_SIZES, explore.size})),
        choice=ExploreChoices.size,
        resets=PAGE,
        help="How many images the grid shows at a time.",
    )


def _take_ranged(key: str) -> None:
    known = {item.name: item for item in explore.where}
    picked = [name for name in widget_value(key) or [] if isinstance(name, str)]
    ExploreChoices.where.choose_sent(tuple(known.get(name) or Range(name=name) for name in picked))
    reset(*PAGE)


def _range_words(item: Range) -> str:
    title = described(item.name).title
    if item.low is None:
        return f"{title} up to {shown_value(item.name, item.high or 0.0)}"
    if item.high is None:
        return f"{title} from {shown_value(item.name, item.low)}"
    return f"{title} {shown_value(item.name, item.low)} to {shown_value(item.name, item.high)}"
