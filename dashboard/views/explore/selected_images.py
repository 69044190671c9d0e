"""The selection in a scatter plot: one image in detail, or all images inside the lasso."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.context.digit import close_digit
from dashboard.shared.digits.digit_list import digest_of, label_counts_words
from dashboard.shared.side_panel import answer_panel
from dashboard.state.current import CurrentChoices
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.digit_detail import image_title, render_digit_detail
from dashboard.views.explore.export import render_images_export
from dashboard.views.explore.grid_query import select_rows, selected_rows
from dashboard.views.explore.image_link import open_image, opened_image
from dashboard.widgets.digit_grid import MAX_DIGITS, digit_grid
from dashboard.widgets.digit_scatter import ScatterEvent
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.measures.stored import DatasetMeasures
from mnist_core.words import counted

WIDTHS = (5, 3)
"""Shares of the page that the points and the panel beside them have."""
CELL = 28


def selected_mask(shown_rows: Indices, dataset: Dataset, split: SplitName) -> np.ndarray | None:
    """Which of the images shown are selected, bool (N,); None without a selection."""
    rows = selected_rows(shown_rows, dataset, split)
    return np.isin(shown_rows, rows) if len(rows) else None


def take_event(event: ScatterEvent, shown_rows: Indices, dataset: Dataset, split: SplitName) -> None:
    """Put the lasso or the click of a person into the link."""
    if event.lassoed is not None:
        select_rows(shown_rows[list(event.lassoed)], shown_rows, dataset, split)
        reset(CurrentChoices.image, ExploreChoices.page)
        st.rerun()
    if event.picked is not None:
        open_image(split, int(shown_rows[event.picked]))


def render_selection(
    place: DeltaGenerator, dataset: Dataset, split: SplitName, shown_rows: Indices, measures: DatasetMeasures | None
) -> None:
    """The image that is open; else the selection; else how to select. In the panel beside the points."""
    image = opened_image(dataset)
    rows = selected_rows(shown_rows, dataset, split)
    if image is not None:
        with answer_panel(place, name="explore", title=image_title(dataset, image), is_open=True, on_close=close_digit):
            render_digit_detail(dataset, image, measures)
    elif len(rows):
        title = f"{counted(len(rows), 'image')} selected"
        with answer_panel(place, name="explore", title=title, is_open=True, on_close=_forget):
            _render_list(dataset, split, rows, measures)
    else:
        with answer_panel(place, name="explore", is_open=False, on_close=_forget):
            st.caption(
                ":material/touch_app: Hover over a point to see its image, click to open it, or drag to lasso a group."
            )


def _forget() -> None:
    reset(ExploreChoices.selection)


def _render_list(dataset: Dataset, split: SplitName, rows: Indices, measures: DatasetMeasures | None) -> None:
    labels = dataset.split(split).labels[rows]
    st.button(
        "Show in grid", type="primary", icon=":material/grid_view:", key="explore.to_grid", on_click=_to_grid,
        help="Filter and sort the selection in the tab Digits.",
    )  # fmt: skip
    st.caption(label_counts_words(labels, dataset.class_names))
    listed = rows[:MAX_DIGITS]
    picked = digit_grid(
        dataset.split(split).images[listed],
        [dataset.class_names[label] for label in labels[:MAX_DIGITS]],
        key=f"explore.picked.{digest_of(listed)}",
        label="Selected images",
        cell=CELL,
    )
    if picked is not None:
        open_image(split, int(listed[picked]))
        st.rerun()
    render_images_export(dataset, split, rows, measures, name="explore.picked.export")


def _to_grid() -> None:
    reset(ExploreChoices.view, ExploreChoices.labels, ExploreChoices.where, ExploreChoices.page)
