"""What a person picked among points: one image in detail, or all that were drawn round."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices, explore
from dashboard.views.explore.dataset_picker import things
from dashboard.views.explore.digit_detail import render_digit_detail
from dashboard.views.explore.grid_query import pick_rows, picked_rows
from dashboard.views.explore.image_link import open_image, opened_image
from dashboard.widgets.digit_grid import MAX_DIGITS, digit_grid
from dashboard.widgets.digit_scatter import ScatterEvent
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.measures.stored import DatasetMeasures

LIST_HEIGHT = 420
CELL = 28


def picked_mask(map_rows: Indices) -> np.ndarray | None:
    """Which images on the map are picked, bool (N,); None if none is."""
    return np.isin(map_rows, picked_rows(map_rows)) if explore.picked else None


def take_event(event: ScatterEvent, split: SplitName, map_rows: Indices) -> None:
    """Put what a person did on the map into the link."""
    if event.lassoed is not None:
        pick_rows(map_rows[list(event.lassoed)], map_rows)
        reset(ExploreChoices.image, ExploreChoices.page)
        st.rerun()
    if event.picked is not None:
        open_image(split, int(map_rows[event.picked]))


def render_picked(dataset: Dataset, split: SplitName, map_rows: Indices, measures: DatasetMeasures | None) -> None:
    """The image that is open; else those that are picked; else how to pick."""
    image = opened_image(dataset)
    rows = picked_rows(map_rows) if explore.picked else map_rows[:0]
    if image is not None:
        render_digit_detail(dataset, image, measures)
    elif len(rows):
        _render_list(dataset, split, rows)
    else:
        st.markdown(
            f":material/touch_app: Point at the {things(dataset)} to see them. Click one to open it, or draw round "
            "some to pick them."
        )


def _render_list(dataset: Dataset, split: SplitName, rows: Indices) -> None:
    thing = things(dataset)
    labels = dataset.split(split).labels[rows]
    counts = np.bincount(labels, minlength=dataset.n_classes)
    order = [label for label in np.argsort(-counts, kind="stable") if counts[label]]
    with st.container(key="explore.picked_count"):
        st.markdown(f"**{len(rows):,} {thing}** picked")
    with st.container(horizontal=True):
        st.button(
            "Show in the grid", type="primary", icon=":material/grid_view:", key="explore.to_grid", on_click=_to_grid,
            help="Filter, sort and page through them under Digits.",
        )  # fmt: skip
        st.button("Forget", key="explore.forget", on_click=reset, args=(ExploreChoices.picked,), help="Pick nothing.")
    st.caption(", ".join(f"{dataset.class_names[label]}: {counts[label]:,}" for label in order))
    listed = rows[:MAX_DIGITS]
    with st.container(height=LIST_HEIGHT, border=False):
        picked = digit_grid(
            dataset.split(split).images[listed],
            [dataset.class_names[label] for label in labels[:MAX_DIGITS]],
            key=f"explore.picked.{hashlib.blake2b(listed.tobytes(), digest_size=8).hexdigest()}",
            label=f"Picked {thing}",
            cell=CELL,
        )
    if picked is not None:
        open_image(split, int(listed[picked]))
        st.rerun()


def _to_grid() -> None:
    reset(ExploreChoices.view, ExploreChoices.labels, ExploreChoices.where, ExploreChoices.page)
