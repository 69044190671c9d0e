"""What the handwriting is like: each measure by class, and any two of them against each other."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.measures import measure_histogram_figure
from dashboard.charts.point_colours import colours_by_label
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import measures_of
from dashboard.state.url_values import UrlValue
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.dataset_picker import things
from dashboard.views.explore.embedding import part_words
from dashboard.views.explore.filters import render_split_choice
from dashboard.views.explore.image_link import image_words
from dashboard.views.explore.picked_images import picked_mask, render_picked, take_event
from dashboard.views.explore.run_columns import shown_value
from dashboard.widgets.digit_scatter import Axis, digit_scatter
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.measures.stored import DatasetMeasures

WHOLE_SPREAD = 0.35
CHART = {"displayModeBar": False}


def render_measures(dataset: Dataset) -> None:
    """The whole view; a progress bar while the measures are computed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = render_split_choice()
        name = _measure_box("Measure", ExploreChoices.measure, "slant", "The measure to show for each class.")
    measures = measures_of(dataset, name="explore.measuring")
    if measures is None:
        return
    _render_histogram(dataset, split, measures.split(split), name)
    _render_scatter(dataset, split, measures)


def _render_histogram(dataset: Dataset, split: SplitName, measured: Measures, name: str) -> None:
    st.subheader(f"{MEASURES[name].title} of each class", anchor=False)
    st.caption(f"{MEASURES[name].help} The thick line is the median.")
    figure = measure_histogram_figure(
        measured.column(name), dataset.split(split).labels, class_names=dataset.class_names, title=_title(name)
    )
    st.plotly_chart(
        figure, key="explore.histogram", config=CHART, alt=f"{MEASURES[name].title} of each class as a histogram"
    )


def _render_scatter(dataset: Dataset, split: SplitName, measures: DatasetMeasures) -> None:
    st.subheader("Two measures against each other", anchor=False)
    with st.container(horizontal=True):
        x = _measure_box("Across", ExploreChoices.x, "stroke_width", "The measure from left to right.")
        y = _measure_box("Up", ExploreChoices.y, "slant", "The measure from bottom to top.")
    rows = map_rows(dataset, split)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        _render_points(dataset, split, rows, measures.split(split), axes=(x, y))
    with right:
        render_picked(dataset, split, rows, measures)


def _render_points(
    dataset: Dataset, split: SplitName, rows: Indices, measured: Measures, *, axes: tuple[str, str]
) -> None:
    shown = dataset.split(split).take(rows)
    points = np.column_stack([measured.column(name)[rows] for name in axes])
    colours = colours_by_label(shown.labels, dataset.class_names)
    x, y = (_title(name) for name in axes)
    event = digit_scatter(
        shown.images,
        (points + _spread(points)).astype(np.float32),
        _notes(dataset, split, rows, points, axes=axes),
        key=f"explore.scatter.{split}",
        label=f"{x} against {y} of {len(rows):,} {things(dataset)}",
        x=Axis(title=x),
        y=Axis(title=y),
        colours=colours.index,
        palette=colours.palette,
        glyphs=colours.glyphs,
        selected=picked_mask(rows),
    )
    st.caption(f"{colours.legend} {part_words(dataset, split, rows)}")
    take_event(event, split, rows)


def _notes(
    dataset: Dataset, split: SplitName, rows: Indices, points: np.ndarray, *, axes: tuple[str, str]
) -> list[str]:
    labels = dataset.split(split).labels[rows]
    return [
        f"Label {dataset.class_names[label]}, {image_words(split, row)}, "
        + ", ".join(f"{MEASURES[n].title.lower()} {shown_value(n, value)}" for n, value in zip(axes, at, strict=True))
        for label, row, at in zip(labels, rows.tolist(), points.tolist(), strict=True)
    ]


def _spread(points: np.ndarray) -> np.ndarray:
    """Small shifts for measures that are whole numbers, whose points would hide each other; always the same ones."""
    is_whole = (points == np.rint(points)).all(axis=0)
    shifts = np.random.default_rng(0).uniform(-WHOLE_SPREAD, WHOLE_SPREAD, points.shape)
    return np.where(is_whole, shifts, 0)


def _measure_box(label: str, choice: UrlValue[str | None], default: str, help: str) -> str:
    return linked_select(
        label,
        tuple(MEASURES),
        choice=choice,
        default=default,
        words=lambda name: MEASURES[name].title,
        width=230,
        help=help,
    )


def _title(name: str) -> str:
    return f"{MEASURES[name].title} ({MEASURES[name].unit})"
