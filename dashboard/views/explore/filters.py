"""Which images the grid shows, and in which order."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.shared.linked_choice import linked_segments, reset, take
from dashboard.shared.measured_columns import described, render_run_box, shown_value
from dashboard.state.selection import selection
from dashboard.state.session import set_widget_value, widget_value
from dashboard.views.explore.dataset_picker import things
from dashboard.views.explore.grid_query import (
    CHOSEN,
    PAGE_SIZE,
    current_query,
    is_limited,
    write_ranges,
    written_ranges,
)
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import N_CLASSES, Dataset, SplitName
from mnist_core.data.finding.selection import PAGE_SIZES, SORT_BY_LABEL, SORT_BY_ROW, Columns, GridQuery, Range

SPLIT_NAMES = {SplitName.TRAIN: "Train", SplitName.TEST: "Test"}
SPLIT_WORDS = {SplitName.TRAIN: "training", SplitName.TEST: "test"}
ORDER_NAMES = {"up": "low to high", "down": "high to low"}
LABELS_KEY, RANGED_KEY, SIZE_KEY = "explore.labels", "explore.ranged", "explore.size"


def render_split_choice() -> str:
    """Training or test images."""
    return linked_segments(
        "Split",
        tuple(SPLIT_NAMES),
        choice="explore_split",
        default=SplitName.TRAIN,
        words=lambda split: SPLIT_NAMES[SplitName(split)],
        resets=("explore_page", "explore_chosen"),
        help="A network learns from the training images. The test images only show how good it has become.",
    )


def render_filters(dataset: Dataset, columns: Columns) -> GridQuery:
    """The controls above the grid; returns what they ask for.

    Args:
        columns: what can be sorted and filtered by beside row and label, each (N,) for the split that is shown.
    """
    offered = tuple(name for name in columns if name != CHOSEN)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        render_split_choice()
        _render_labels(dataset)
        _render_order(offered)
        render_run_box(dataset)
        with st.popover(
            _filter_title(offered),
            icon=":material/filter_alt:",
            help="Ranges of measures, and how many images a page holds.",
        ):
            _render_ranges(offered, columns)
            _render_page_size()
    return current_query(columns)


def describe_query(query: GridQuery, dataset: Dataset) -> str:
    """The filters in words, Markdown; empty if nothing is filtered."""
    parts = []
    if query.labels:
        parts.append("label " + ", ".join(escape_markdown(dataset.class_names[label]) for label in query.labels))
    for item in query.ranges:
        parts.append(f"picked on the map of {things(dataset)}" if item.name == CHOSEN else _range_words(item))
    return " · ".join(parts)


def clear_filters() -> None:
    """Show all images of the split."""
    reset("explore_labels", "explore_where", "explore_chosen", "explore_page")


def _render_labels(dataset: Dataset) -> None:
    labels = [int(digit) for digit in sorted(set(selection.explore_labels or ""))]
    if sorted(widget_value(LABELS_KEY) or []) != labels:
        set_widget_value(LABELS_KEY, labels)
    st.pills(
        "Label",
        range(N_CLASSES),
        selection_mode="multi",
        format_func=lambda label: escape_markdown(dataset.class_names[label]),
        key=LABELS_KEY,
        on_change=_take_labels,
        help="Show only these; none pressed shows all.",
        wrap=True,
    )


def _take_labels() -> None:
    pressed = widget_value(LABELS_KEY) or []
    take("explore_labels", "".join(str(label) for label in sorted(pressed)), "")
    reset("explore_page")


def _render_order(offered: tuple[str, ...]) -> None:
    options = (SORT_BY_ROW, SORT_BY_LABEL, *offered)
    names = {SORT_BY_ROW: "Order in the file", SORT_BY_LABEL: "Label"}
    # Name and direction share one choice, so that the link says `sort=-ink`.
    sort, direction = (selection.explore_sort or SORT_BY_ROW).removeprefix("-"), _direction()
    for key, value in (("explore.sort", sort if sort in options else SORT_BY_ROW), ("explore.direction", direction)):
        if widget_value(key) != value:
            set_widget_value(key, value)
    st.selectbox(
        "Sort by",
        options,
        format_func=lambda name: names.get(name) or described(name).title,
        key="explore.sort",
        on_change=_take_order,
        width=150,
        help="Images of equal value stand in the order of the file; those whose value is not known stand last.",
    )
    st.segmented_control(
        "Order",
        tuple(ORDER_NAMES),
        format_func=lambda way: {"up": ":material/arrow_upward:", "down": ":material/arrow_downward:"}[way],
        key="explore.direction",
        on_change=_take_order,
        required=True,
        help="Up: lowest first. Down: highest first.",
    )


def _take_order() -> None:
    sort, direction = widget_value("explore.sort") or SORT_BY_ROW, widget_value("explore.direction")
    take("explore_sort", f"-{sort}" if direction == "down" else sort, SORT_BY_ROW)
    reset("explore_page")


def _direction() -> str:
    return "down" if (selection.explore_sort or "").startswith("-") else "up"


def _filter_title(offered: tuple[str, ...]) -> str:
    n = sum(is_limited(item) and item.name in offered for item in written_ranges(selection.explore_where or ""))
    return f"Filters ({n})" if n else "Filters"


def _render_ranges(offered: tuple[str, ...], columns: Columns) -> None:
    if not offered:
        st.caption("The measures are not computed yet.")
        return
    ranges = {item.name: item for item in written_ranges(selection.explore_where or "") if item.name in offered}
    if list(widget_value(RANGED_KEY) or []) != list(ranges):
        set_widget_value(RANGED_KEY, list(ranges))
    st.multiselect(
        "Filter by",
        offered,
        format_func=lambda name: described(name).title,
        key=RANGED_KEY,
        on_change=_take_ranged,
        placeholder="Pick measures",
        help="Each picked measure gets a slider. An image is shown if it is in all ranges.",
    )
    for name, item in ranges.items():
        _render_slider(item, *_bounds(name, columns))


def _render_page_size() -> None:
    if widget_value(SIZE_KEY) != (selection.explore_size or PAGE_SIZE):
        set_widget_value(SIZE_KEY, selection.explore_size or PAGE_SIZE)
    sizes = tuple(sorted({*PAGE_SIZES, selection.explore_size or PAGE_SIZE}))
    st.segmented_control(
        "On a page", sizes, key=SIZE_KEY, on_change=_take_size, required=True, help="How many are shown at once."
    )


def _take_size() -> None:
    take("explore_size", widget_value(SIZE_KEY), PAGE_SIZE)
    reset("explore_page")


def _take_ranged() -> None:
    known = {item.name: item for item in written_ranges(selection.explore_where or "")}
    picked = [name for name in widget_value(RANGED_KEY) or [] if isinstance(name, str)]
    write_ranges([known.get(name) or Range(name=name) for name in picked])
    reset("explore_page")


def _render_slider(item: Range, low: float, high: float, step: float) -> None:
    key = f"explore.range.{item.name}"
    value = (
        min(max(item.low if item.low is not None else low, low), high),
        max(min(item.high if item.high is not None else high, high), low),
    )
    if widget_value(key) != value:
        set_widget_value(key, value)
    st.slider(
        f"{described(item.name).title} ({described(item.name).unit})",
        low,
        high,
        step=step,
        key=key,
        on_change=_take_slider,
        args=(item.name, low, high),
        help=described(item.name).help,
    )


def _take_slider(name: str, low: float, high: float) -> None:
    from_, to = widget_value(f"explore.range.{name}")
    changed = Range(name=name, low=from_ if from_ > low else None, high=to if to < high else None)
    ranges = written_ranges(selection.explore_where or "")
    write_ranges([changed if item.name == name else item for item in ranges])
    reset("explore_page")


def _bounds(name: str, columns: Columns) -> tuple[float, float, float]:
    """Ends and step of a slider that holds all values of a column, in round numbers."""
    values = columns[name]
    known = values[~_isnan(values)]
    least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if name in ("loops", "height", "width", "correct"):
        return math.floor(least) * 1.0, max(math.ceil(most), math.floor(least) + 1) * 1.0, 1.0
    step = 10.0 ** math.floor(math.log10(max(most - least, 1e-3) / 50))
    low, high = math.floor(least / step) * step, math.ceil(most / step) * step
    return round(low, 6), round(max(high, low + step), 6), step


def _isnan(values):
    return values != values


def _range_words(item: Range) -> str:
    title = described(item.name).title
    if item.low is None:
        return f"{title} up to {shown_value(item.name, item.high or 0.0)}"
    if item.high is None:
        return f"{title} from {shown_value(item.name, item.low)}"
    return f"{title} {shown_value(item.name, item.low)} to {shown_value(item.name, item.high)}"
