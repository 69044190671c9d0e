"""The data set as a map on which alike digits lie together."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.charts.point_colours import PointColours, colours_by_correctness, colours_by_label, colours_by_value
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.measures import measures_of
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.dataset_picker import things
from dashboard.views.explore.embedding_methods import explain_method, find_map, render_method_box
from dashboard.views.explore.filters import render_split_choice
from dashboard.views.explore.image_link import SPLIT_WORDS, image_words
from dashboard.views.explore.picked_images import picked_mask, render_picked, take_event
from dashboard.views.explore.run_columns import (
    RunView,
    chosen_run,
    described,
    render_run_box,
    shown_value,
)
from dashboard.widgets.digit_scatter import Axis, ScatterEvent, digit_scatter
from mnist_core.data.dataset import Dataset, Indices, SplitName
from mnist_core.data.finding.tsne import Map
from mnist_core.data.measures.registry import MEASURES
from mnist_core.data.measures.stored import DatasetMeasures

BY_LABEL = "label"
RUN_COLOURS = ("correct", "loss", "confidence")


def render_embedding(dataset: Dataset) -> None:
    """The controls, the map, and what was picked on it."""
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    with bar:
        split = render_split_choice()
        render_run_box(dataset)
        view = chosen_run(dataset, split)
        method = render_method_box(view)
    measures = measures_of(dataset, name="explore.measuring")
    with bar:
        colour = _render_colour_box(view, measures)
    found = find_map(dataset, split, method, view)
    if found is None:
        return
    left, right = st.columns([5, 3], gap="medium")
    with left:
        values = _values(found.rows, split, colour, view=view, measures=measures)
        colours = _colours(dataset, split, found.rows, values, colour=colour)
        event = _render_points(
            dataset, split, found, colours, notes=_notes(dataset, split, found.rows, values, colour=colour)
        )
        st.caption(f"{explain_method(method, view)} {colours.legend} {part_words(dataset, split, found.rows)}")
        take_event(event, split, found.rows)
    with right:
        render_picked(dataset, split, found.rows, measures)


def part_words(dataset: Dataset, split: SplitName, rows: Indices) -> str:
    """That a map does not show everything; empty if it does."""
    n_all = len(dataset.split(split))
    return f"A fair part of the {n_all:,} is shown: {len(rows):,}." if len(rows) < n_all else ""


def _render_colour_box(view: RunView | None, measures: DatasetMeasures | None) -> str:
    colour: str = linked_select(
        "Colour",
        (BY_LABEL, *(RUN_COLOURS if view is not None else ()), *(MEASURES if measures is not None else ())),
        choice=ExploreChoices.colour,
        default=BY_LABEL,
        words=lambda name: "Label" if name == BY_LABEL else described(name).title,
        width=190,
        help="What the colour of a point tells.",
    )
    return colour


def _values(
    rows: Indices, split: SplitName, colour: str, *, view: RunView | None, measures: DatasetMeasures | None
) -> np.ndarray | None:
    """The numbers that the colour tells, of the images on the map; None for labels."""
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
    """What to say of each point: its label and row, and the value that its colour tells."""
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
    dataset: Dataset, split: SplitName, found: Map, colours: PointColours, *, notes: list[str]
) -> ScatterEvent:
    return digit_scatter(
        dataset.split(split).images[found.rows],
        found.points,
        notes,
        key=f"explore.map.{split}",
        label=f"Map of {len(found.rows):,} {SPLIT_WORDS[split]} {things(dataset)}",
        x=Axis(),
        y=Axis(),
        colours=colours.index,
        palette=colours.palette,
        glyphs=colours.glyphs,
        selected=picked_mask(found.rows),
    )
