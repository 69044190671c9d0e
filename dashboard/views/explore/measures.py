"""Handwriting measures: a histogram per class, and a scatter plot of two measures."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.measures import measure_histogram_figure
from dashboard.charts.point_colours import colours_by_label
from dashboard.shared.context.digit import image_words
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import measures_of
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import current
from dashboard.state.url_values import UrlValue
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.embedding import sample_words
from dashboard.views.explore.run_columns import shown_value
from dashboard.views.explore.selected_images import WIDTHS, render_selection, selected_mask, take_event
from dashboard.widgets.chart import chart
from dashboard.widgets.digit_scatter import Axis, digit_scatter
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.finding.tsne import map_rows
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.measures.stored import DatasetMeasures

MAX_JITTER = 0.35


def render_measures(dataset: Dataset) -> None:
    """The whole view; a progress bar while the measures are computed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = current.browsed_split
        name = _measure_box("Measure", ExploreChoices.measure, "slant", "The measure of the histograms.")
    measures = measures_of(dataset, name="explore.measuring")
    if measures is None:
        return
    question, answer = question_and_answer(*WIDTHS)
    with question:
        _render_histogram(dataset, split, measures.split(split), name)
        rows = _render_scatter(dataset, split, measures)
    render_selection(answer, dataset, split, rows, measures)


def _render_histogram(dataset: Dataset, split: SplitName, measured: Measures, name: str) -> None:
    st.subheader(f"{MEASURES[name].title} per class", anchor=False)
    st.caption(f"{MEASURES[name].help} The thick line is the median.")
    figure = measure_histogram_figure(
        measured.column(name), dataset.split(split).labels, class_names=dataset.class_names, title=_title(name)
    )
    chart(
        figure,
        key="explore.histogram",
        name=f"{dataset.name} {split} {name}",
        alt=f"Histograms of {MEASURES[name].title.lower()} by class",
    )


def _render_scatter(dataset: Dataset, split: SplitName, measures: DatasetMeasures) -> Indices:
    st.subheader("Scatter plot of two measures", anchor=False)
    with st.container(horizontal=True):
        x = _measure_box("x axis", ExploreChoices.x, "stroke_width", "The measure on the horizontal axis.")
        y = _measure_box("y axis", ExploreChoices.y, "slant", "The measure on the vertical axis.")
    rows = map_rows(dataset, split)
    _render_points(dataset, split, rows, measures.split(split), axes=(x, y))
    return rows


def _render_points(
    dataset: Dataset, split: SplitName, rows: Indices, measured: Measures, *, axes: tuple[str, str]
) -> None:
    shown = dataset.split(split).take(rows)
    points = np.column_stack([measured.column(name)[rows] for name in axes])
    colours = colours_by_label(shown.labels, dataset.class_names)
    x, y = (_title(name) for name in axes)
    event = digit_scatter(
        shown.images,
        (points + _jitter(points)).astype(np.float32),
        _notes(dataset, split, rows, points, axes=axes),
        key=f"explore.scatter.{split}",
        label=f"{y} against {x}, {len(rows):,} images",
        x=Axis(title=x),
        y=Axis(title=y),
        colours=colours.index,
        palette=colours.palette,
        glyphs=colours.glyphs,
        selected=selected_mask(rows, dataset, split),
    )
    take_event(event, rows, dataset, split)
    st.caption(f"{colours.legend} {_jitter_words(points)}{sample_words(dataset, split, rows)}")


def _notes(
    dataset: Dataset, split: SplitName, rows: Indices, points: np.ndarray, *, axes: tuple[str, str]
) -> list[str]:
    labels = dataset.split(split).labels[rows]
    return [
        f"Label {dataset.class_names[label]}, {image_words(split, row)}, "
        + ", ".join(f"{MEASURES[n].title.lower()} {shown_value(n, value)}" for n, value in zip(axes, at, strict=True))
        for label, row, at in zip(labels, rows.tolist(), points.tolist(), strict=True)
    ]


def _jitter(points: np.ndarray) -> np.ndarray:
    """Small seeded shifts for measures that are whole numbers, whose points would hide each other."""
    shifts = np.random.default_rng(0).uniform(-MAX_JITTER, MAX_JITTER, points.shape)
    return np.where(_are_whole(points), shifts, 0)


def _are_whole(points: np.ndarray) -> np.ndarray:
    """Which of the axes have whole numbers only (2,)."""
    return np.asarray((points == np.rint(points)).all(axis=0))


def _jitter_words(points: np.ndarray) -> str:
    """The sentence on points that are not drawn exactly where they belong; empty if all are."""
    if not _are_whole(points).any():
        return ""
    return f"Whole numbers are jittered by up to {MAX_JITTER}, so that equal points do not overlap. "


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
