"""One image in detail: its pixels, its measures, a run's prediction, and its nearest neighbours."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.context.digit import image_words
from dashboard.shared.context.mistakes_links import render_explain_link
from dashboard.shared.context.prediction import why_not_predicted
from dashboard.shared.digits.hidden_neighbours import find_hidden_vectors, nearest_training_digits, searched_words
from dashboard.shared.linked_choice import linked_segments
from dashboard.views.explore.choices import ExploreChoices, Near
from dashboard.views.explore.image_link import open_image
from dashboard.views.explore.run_columns import RunView, chosen_run, shown_value
from dashboard.views.explore.run_vectors import (
    has_hidden_layer,
    last_hidden_layer,
)
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.pixel_view import pixel_view
from dashboard.widgets.rank_table import RankRow, rank_table
from mnist_core.data.dataset import Dataset, SplitName
from mnist_core.data.finding.neighbours import Neighbours
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.measures.registry import MEASURES, ranks_within_class
from mnist_core.data.measures.stored import DatasetMeasures
from mnist_core.data.rows import Row
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_probability

N_NEIGHBOURS = 8
NEAR = {Near.PIXELS: "Pixels", Near.NETWORK: "Last hidden layer"}


def image_title(dataset: Dataset, image: ImageRef) -> str:
    """Label and name of an image, as Markdown."""
    name = escape_markdown(dataset.class_names[dataset.split(image.split).labels[image.row]])
    return f"Label {name} · {image_words(image.split, image.row)}"


def render_digit_detail(dataset: Dataset, image: ImageRef, measures: DatasetMeasures | None) -> None:
    """Everything about one image. A click on a neighbour opens that image."""
    pixel_view(
        dataset.split(image.split).images[image.row],
        key="explore.pixels",
        label=image_title(dataset, image),
        follow=True,
    )
    view = chosen_run(dataset, image.split)
    if view is not None:
        with st.container(key="explore.reading"):
            _render_prediction(dataset, image, view)
    if measures is not None:
        _render_measures(dataset, image, measures)
    _render_neighbours(dataset, image, view)


def _render_prediction(dataset: Dataset, image: ImageRef, view: RunView) -> None:
    position = int(view.positions[image.row])
    run = escape_markdown(view.run.title)
    if position < 0:
        st.caption(f"{run}: no prediction. {why_not_predicted(view.run, dataset, image)}")
        return
    stored = view.predictions
    predicted = int(stored.predicted[position])
    name = escape_markdown(dataset.class_names[predicted])
    confidence = shown_probability(float(stored.confidence[position]))
    if stored.correct[position]:
        st.markdown(f":material/check_circle: {run} predicts **{name}** with {confidence} confidence: correct.")
        return
    st.markdown(f":material/cancel: {run} predicts **{name}** with {confidence} confidence: wrong.")
    render_explain_link(view.run.run_id, dataset.name, image)


def _render_measures(dataset: Dataset, image: ImageRef, measures: DatasetMeasures) -> None:
    split, measured = dataset.split(image.split), measures.split(image.split)
    ranks = ranks_within_class(measured, split.labels, image.row)
    rows = [
        RankRow(title=MEASURES[name].title, value=shown_value(name, value), share=ranks[name], help=_help(name))
        for name, value in measured.row(image.row).items()
    ]
    among = f"among {dataset.class_names[split.labels[image.row]]}"
    name = f"{dataset.name} {image.split} digit {image.row} handwriting"
    rank_table(rows, key="explore.ranks", among=among, name=name)


def _help(name: str) -> str:
    return f"{MEASURES[name].help} In {MEASURES[name].unit}."


def _render_neighbours(dataset: Dataset, image: ImageRef, view: RunView | None) -> None:
    nearest = _nearest(dataset, image, view)
    if nearest is None:
        return
    found, among = nearest
    near = dataset.train.take(found.rows)
    names = [dataset.class_names[label] for label in near.labels]
    own = dataset.split(image.split).labels[image.row]
    n_same = int((near.labels == own).sum())
    st.markdown(f"**Nearest neighbours**: {n_same} of {len(near)} have the same label. Searched: {among}.")
    picked = digit_grid(
        near.images,
        names,
        key=f"explore.neighbours.{image.split}-{image.row}",
        label="Nearest neighbours among the training images",
        ids=found.rows,
        show_captions=True,
        notes=[
            f"Label {name}, training image {row:,}, distance {distance:.2f}"
            for name, row, distance in zip(names, found.rows, found.distances, strict=True)
        ],
    )
    if picked is not None:
        open_image(SplitName.TRAIN, int(found.rows[picked]))
        st.rerun()


def _nearest(dataset: Dataset, image: ImageRef, view: RunView | None) -> tuple[Neighbours, str] | None:
    """The nearest training images, and among which they were searched; None while hidden vectors are computed."""
    n = len(dataset.train)
    if view is None or not has_hidden_layer(view.run) or _near_by(view.run) is Near.PIXELS:
        return _nearest_by_pixels(dataset, image), searched_words(n, n)
    vectors = find_hidden_vectors(view.run, dataset, name="explore.vectors")
    if vectors is None:
        return None
    exclude = Row(image.row) if image.split == SplitName.TRAIN else None
    found = nearest_training_digits(
        view.run, dataset.split(image.split).images[image.row], vectors, N_NEIGHBOURS, exclude=exclude
    )
    return None if found is None else (found, searched_words(len(vectors.rows), n))


def _nearest_by_pixels(dataset: Dataset, image: ImageRef) -> Neighbours:
    query = dataset.split(image.split).images[image.row]
    itself = image.row if image.split == SplitName.TRAIN else None
    return cached.pixel_index(dataset, SplitName.TRAIN).nearest(query, N_NEIGHBOURS, exclude=itself)


def _near_by(run: RunRecord) -> Near:
    return linked_segments(
        "Distance",
        tuple(NEAR),
        choice=ExploreChoices.near,
        words=NEAR.__getitem__,
        help="Pixels: Euclidean distance in full pixels, to all training images. Last hidden layer: distance between "
        f"the activations of {last_hidden_layer(run)}; if the layer is wide, to a sample of the training images.",
    )
