"""An embedding of the data set: images as points in two dimensions, near each other where they are similar."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.point_colours import PointColours, colours_by_correctness, colours_by_label, colours_by_value
from dashboard.shared.context.digit import SPLIT_WORDS, image_words
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import measures_of
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import current
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.embedding_methods import explain_method, find_embedding, render_method_box
from dashboard.views.explore.run_columns import (
    RunView,
    chosen_run,
    described,
    shown_value,
)
from dashboard.views.explore.selected_images import WIDTHS, render_selection, selected_mask, take_event
from dashboard.widgets.digit_scatter import Axis, ScatterEvent, digit_scatter
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.finding.tsne import Map
from mnist_core.data.measures.registry import MEASURES
from mnist_core.data.measures.stored import DatasetMeasures

BY_LABEL = "label"
RUN_COLOURS = ("correct", "loss", "confidence")


def render_embedding(dataset: Dataset) -> None:
    """The controls, the embedding, and what was selected in it."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    split = current.browsed_split
    view = chosen_run(dataset, split)
    with bar:
        method = render_method_box(view)
    measures = measures_of(dataset, name="explore.measuring")
    with bar:
        colour = _render_colour_box(view, measures)
    found = find_embedding(dataset, split, method, view)
    if found is None:
        return
    points, share = found
    question, answer = question_and_answer(*WIDTHS)
    with question:
        values = _values(points.rows, split, colour, view=view, measures=measures)
        colours = _colours(dataset, split, points.rows, values, colour=colour)
        event = _render_points(
            dataset, split, points, colours, notes=_notes(dataset, split, points.rows, values, colour=colour)
        )
        take_event(event, points.rows, dataset, split)
        explanation = explain_method(method, view, share=share)
        st.caption(f"{explanation} {colours.legend} {sample_words(dataset, split, points.rows)}")
    render_selection(answer, dataset, split, points.rows, measures)


def sample_words(dataset: Dataset, split: SplitName, rows: Indices) -> str:
    """How large the sample is that a scatter plot shows; empty if it shows the whole split."""
    n_all = len(dataset.split(split))
    return f"Stratified sample: {len(rows):,} of {n_all:,}." if len(rows) < n_all else ""


def _render_colour_box(view: RunView | None, measures: DatasetMeasures | None) -> str:
    colour: str = linked_select(
        "Colour",
        (BY_LABEL, *(RUN_COLOURS if view is not None else ()), *(MEASURES if measures is not None else ())),
        choice=ExploreChoices.colour,
        default=BY_LABEL,
        words=lambda name: "Label" if name == BY_LABEL else described(name).title,
        width=190,
        help="What the points are coloured by.",
    )
    return colour


def _values(
    rows: Indices, split: SplitName, colour: str, *, view: RunView | None, measures: DatasetMeasures | None
) -> np.ndarray | None:
    """The values behind the colours, one for each point; None for labels."""
    if colour in MEASURES and measures is not None:
        return measures.split(split).column(colour)[rows]
    if view is not None and colour != BY_LABEL:
        return view.columns()[colour][rows]
    return None


def _colours(
    dataset: Dataset, split: SplitName, rows: Indices, values: np.ndarray | None, *, colour: str
) -> PointColours:
    if values is None:
        return colours_by_label(dataset.split(split).labels[rows], dataset.class_names)
    return colours_by_correctness(values) if colour == "correct" else colours_by_value(values, described(colour).title)


def _notes(dataset: Dataset, split: SplitName, rows: Indices, values: np.ndarray | None, *, colour: str) -> list[str]:
    """The tooltip of each point: label, row, and the value behind its colour."""
    labels = dataset.split(split).labels[rows]
    notes = [
        f"Label {dataset.class_names[label]}, {image_words(split, row)}"
        for label, row in zip(labels, rows.tolist(), strict=True)
    ]
    if values is None:
        return notes
    title = described(colour).title.lower()
    return [f"{note}, {title} {shown_value(colour, value)}" for note, value in zip(notes, values, strict=True)]


def _render_points(
    dataset: Dataset, split: SplitName, points: Map, colours: PointColours, *, notes: list[str]
) -> ScatterEvent:
    return digit_scatter(
        dataset.split(split).images[points.rows],
        points.points,
        notes,
        key=f"explore.map.{split}",
        label=f"Embedding of {len(points.rows):,} {SPLIT_WORDS[split]} images",
        x=Axis(),
        y=Axis(),
        colours=colours.index,
        palette=colours.palette,
        glyphs=colours.glyphs,
        selected=selected_mask(points.rows, dataset, split),
    )
