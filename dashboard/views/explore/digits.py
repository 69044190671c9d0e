"""A grid of images, filtered, sorted and paged, and one of them in detail."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from dashboard.shared.context.digit import SPLIT_WORDS, close_digit, image_words
from dashboard.shared.measures import measures_if_known, render_measuring
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.current import current
from dashboard.views.explore.choices import ExploreChoices, explore
from dashboard.views.explore.digit_detail import image_title, render_digit_detail
from dashboard.views.explore.export import render_images_export
from dashboard.views.explore.filters import (
    clear_filters,
    describe_query,
    needs_measures,
    render_filters,
)
from dashboard.views.explore.grid_query import selected_column, selected_rows
from dashboard.views.explore.image_link import open_image, opened_image
from dashboard.views.explore.run_columns import chosen_run, described, shown_value
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.pager import pager
from dashboard.widgets.pixel_view import pixel_view
from mnist_core.data.dataset import Dataset, Indices
from mnist_core.data.finding.selection import SORT_BY_LABEL, SORT_BY_ROW, Columns, GridPage, GridQuery, page_of, select
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.measures.registry import MEASURES
from mnist_core.data.measures.stored import DatasetMeasures

CELL = 34
WIDTHS = (5, 3)


def render_digits(dataset: Dataset) -> None:
    """The grid with its filters, and the image that was clicked."""
    measures = measures_if_known(dataset)
    columns = _columns(dataset, measures)
    query = render_filters(dataset, columns)
    if measures is None and needs_measures() and render_measuring(dataset, name="explore.measuring"):
        return  # the digits and their order are not known yet
    found = select(query, dataset.split(query.split), columns=columns)
    page = page_of(query, found)
    grid, answer = question_and_answer(*WIDTHS)
    with grid:
        _render_summary(dataset, query, page, found)
        _render_grid(dataset, query, page, columns)
        if len(found):
            render_images_export(dataset, query.split, found, measures, name="explore.export")
    image = opened_image(dataset)
    title = "" if image is None else image_title(dataset, image)
    with answer_panel(answer, name="explore", title=title, is_open=image is not None, on_close=close_digit):
        if image is None:
            _render_hint(dataset, query, page)
        else:
            render_digit_detail(dataset, image, measures)
        if measures is None and not needs_measures():
            render_measuring(dataset, name="explore.measuring")


def _columns(dataset: Dataset, measures: DatasetMeasures | None) -> Columns:
    split = current.browsed_split
    columns = {}
    if measures is not None:
        measured = measures.split(split)
        columns.update({name: measured.column(name) for name in MEASURES})
    view = chosen_run(dataset, split)
    if view is not None:
        columns.update(view.columns())
    if explore.selection is not None:
        rows = selected_rows(map_rows(dataset, split), dataset, split)
        if len(rows):
            columns.update(selected_column(rows, len(dataset.split(split))))
    return columns


def _render_summary(dataset: Dataset, query: GridQuery, page: GridPage, found: Indices) -> None:
    n = len(dataset.split(query.split))
    words = describe_query(query, dataset)
    with st.container(horizontal=True, vertical_alignment="center", key="explore.summary"):
        if words:
            st.markdown(f"**{page.n_selected:,}** of {n:,}: {words}")
            st.button(
                "Clear filters", icon=":material/filter_alt_off:", type="tertiary", key="explore.clear",
                on_click=clear_filters, help="Show all images of the split.",
            )  # fmt: skip
        else:
            st.markdown(f"**{n:,}** {SPLIT_WORDS[query.split]} images")
        of = _token(dataset, query, found)
        pager(page.n_pages, number=page.page + 1, key="explore.page", of=of, on_turn=ExploreChoices.page.choose_sent)


def _render_grid(dataset: Dataset, query: GridQuery, page: GridPage, columns: Columns) -> None:
    if not len(page.rows):
        st.info("No image matches. Widen a range, or clear the filters.", icon=":material/search_off:")
        return
    shown = dataset.split(query.split).take(page.rows)
    opened = opened_image(dataset)
    at = np.flatnonzero(page.rows == opened.row) if opened and opened.split == query.split else np.zeros(0, int)
    picked = digit_grid(
        shown.images,
        [dataset.class_names[label] for label in shown.labels],
        key=f"explore.grid.{_token(dataset, query, page.rows)}",
        label=f"{SPLIT_WORDS[query.split].capitalize()} images",
        ids=page.rows,
        notes=_notes(dataset, query, page, columns),
        marks=(columns["correct"][page.rows] == 0).tolist() if "correct" in columns else None,
        selected=int(at[0]) if len(at) else None,
        cell=CELL,
    )
    if picked is not None:
        open_image(query.split, int(page.rows[picked]))


def _token(dataset: Dataset, query: GridQuery, rows: Indices) -> str:
    """A key that differs between grids of different images, so that a click on a grid that has just been replaced
    does not open an image of the new one."""
    digest = hashlib.blake2b(rows.tobytes(), digest_size=8, key=f"{dataset.sha256[:32]} {query.split}".encode())
    return digest.hexdigest()


def _notes(dataset: Dataset, query: GridQuery, page: GridPage, columns: Columns) -> list[str]:
    """Label and row of each image, and the value it is sorted by."""
    labels = dataset.split(query.split).labels[page.rows]
    notes = [
        f"Label {dataset.class_names[label]}, {image_words(query.split, int(row))}"
        for label, row in zip(labels, page.rows, strict=True)
    ]
    if query.sort in (SORT_BY_ROW, SORT_BY_LABEL):
        return notes
    title = described(query.sort).title.lower()
    values = columns[query.sort][page.rows]
    return [f"{note}, {title} {shown_value(query.sort, value)}" for note, value in zip(notes, values, strict=True)]


def _render_hint(dataset: Dataset, query: GridQuery, page: GridPage) -> None:
    """Shown until an image is clicked: the mean of the images on this page of the grid."""
    if isinstance(current.image, ImageRef):
        st.warning(f"This data set has no {image_words(current.image.split, current.image.row)}.")
    st.markdown(":material/touch_app: Click an image for details.")
    if len(page.rows):
        mean = dataset.split(query.split).images[page.rows].mean(axis=0).round().astype(np.uint8)
        n = len(page.rows)
        pixel_view(mean, key="explore.pixels", label="Mean of the images shown")
        st.caption(f"Mean of the {n:,} images on this page." if n > 1 else "The only image on this page.")
