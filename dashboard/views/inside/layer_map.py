"""The test digits as points in a plane, near each other where the output of a layer is similar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.cached import probed
from dashboard.charts.point_colours import PointColours, colours_by_correctness, colours_by_label
from dashboard.server.background import Job
from dashboard.shared.context.digit import image_words, open_digit
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_segments, linked_select
from dashboard.shared.side_panel import question_and_answer
from dashboard.state.current import CurrentChoices
from dashboard.state.url_selection import rows_of, selection_of
from dashboard.state.url_values import reset
from dashboard.views.inside.choices import InsideChoices, MapMethod, PointColour, inside
from dashboard.views.inside.mapped_digits import render_mapped_digits
from dashboard.views.inside.network import TrainedNetwork
from dashboard.widgets.digit_scatter import Axis, digit_scatter
from mnist_core.data.dataset import Dataset, Float32Array, Indices, SplitName, UInt8Array
from mnist_core.data.finding.pca import plane, principal_components
from mnist_core.data.finding.tsne import N_COMPONENTS, Watch, map_rows, tsne
from mnist_core.errors import RunError
from mnist_core.models.architecture import OUTPUT
from mnist_core.models.shapes import Shape, size_of
from mnist_core.network.layer_vectors import PIXELS, layer_vectors, output_shape, represented_layers, shape_kept
from mnist_core.shares import shown_share

MAX_DIGITS = 2_000
BATCH = 250
WIDTHS = (5, 3)
HEIGHT = 520
METHODS = {MapMethod.PCA: "PCA", MapMethod.TSNE: "t-SNE"}
COLOURS = {PointColour.LABEL: "True label", PointColour.CORRECT: "Correct or wrong"}
LAYER_HELP = "Each point is a test digit. Digits whose output of this layer is similar lie close together."
METHOD_HELP = (
    "PCA: a linear projection onto the two directions of largest variance. t-SNE: keeps neighbours together; distances "
    "between clusters carry no meaning; computed once in the background, then stored."
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LayerVectors:
    """Test digits by the output of a layer.

    Attributes:
        rows: int64 (N,), row numbers in the test split, ascending.
        vectors: float32 (N, D).
        predicted: uint8 (N,), predicted labels.
    """

    rows: Indices
    vectors: Float32Array
    predicted: UInt8Array


def render_layer_map(bar: DeltaGenerator, network: TrainedNetwork, dataset: Dataset) -> None:
    """The choices in `bar`; the points, and beside them the digits that were selected."""
    with bar:
        layers = represented_layers(network.architecture)
        default = layers[-2] if len(layers) > 2 else layers[0]  # the last hidden layer
        layer = linked_select(
            "Layer", layers, choice=InsideChoices.mapped_layer, default=default, width=220, help=LAYER_HELP
        )
        method = linked_segments(
            "Embedding", tuple(METHODS), choice=InsideChoices.map_method, words=METHODS.__getitem__, help=METHOD_HELP
        )
        colour = linked_segments(
            "Colour",
            tuple(COLOURS),
            choice=InsideChoices.map_colour,
            words=COLOURS.__getitem__,
            help="What the points are coloured by.",
        )
    key = ("representation", probed.weights_digest(network.run), dataset.sha256, layer)
    found: LayerVectors | None = job_result(
        key,
        lambda job: _find_vectors(job, network, dataset, layer),
        title=f"Computing the output of {layer}",
        name="inside.vectors",
        can_cancel=True,
    )
    points = None if found is None else _points(key, found, method)
    if found is None or points is None:
        return
    question, answer = question_and_answer(*WIDTHS)
    with question:
        colours = _colours(dataset, found, colour)
        _render_points(dataset, found, points[0], colours, layer)
        of_layer = _layer_words(network, dataset, layer, found)
        st.caption(f"{_method_words(method, points[1])} {colours.legend} {of_layer}")
    render_mapped_digits(answer, network.run, dataset, found.rows, found.predicted)


def _find_vectors(job: Job, network: TrainedNetwork, dataset: Dataset, layer: str) -> LayerVectors:
    rows = map_rows(dataset, SplitName.TEST, limit=MAX_DIGITS)
    scaler, parts = network.run.scaler, []
    assert scaler is not None  # or there would be no view
    for start in range(0, len(rows), BATCH):
        if job.is_cancelled():
            raise RunError("The job was cancelled.")
        x = scaler.apply(dataset.test.images[rows[start : start + BATCH]])
        parts.append(layer_vectors(network.architecture, network.weights, x, {layer, OUTPUT}))
        job.tell((start + len(x)) / len(rows))
    vectors = np.concatenate([part[layer] for part in parts])
    if not np.isfinite(vectors).all():
        raise RunError("The output of this layer is not a number: the training of this run diverged.")
    predicted = np.concatenate([part[OUTPUT].argmax(axis=1) for part in parts]).astype(np.uint8)
    return LayerVectors(rows=rows, vectors=vectors, predicted=predicted)


def _points(key: tuple[str, ...], found: LayerVectors, method: MapMethod) -> tuple[Float32Array, float | None] | None:
    """The points (N, 2) and, of PCA, their share of the variance; None while they are computed."""
    if method is MapMethod.PCA:
        result: Any = job_result(
            (*key, "pca"), lambda _: plane(found.vectors), title="Computing principal components", name="inside.pca"
        )
        return None if result is None else (result[0], result[1])
    points: Float32Array | None = job_result(
        (*key, "tsne"),
        lambda job: tsne(
            _shortened(found.vectors), key=" ".join(key), watch=Watch(progress=job.tell, is_cancelled=job.is_cancelled)
        ),
        title="Computing t-SNE. This takes up to a minute, once",
        name="inside.tsne",
        can_cancel=True,
    )
    return None if points is None else (points, None)


def _shortened(vectors: Float32Array) -> Float32Array:
    """The first principal components, as the authors of t-SNE take them."""
    if vectors.shape[1] <= N_COMPONENTS:
        return vectors
    return principal_components(vectors, N_COMPONENTS).project(vectors)


def _colours(dataset: Dataset, found: LayerVectors, colour: PointColour) -> PointColours:
    labels = dataset.test.labels[found.rows]
    if colour is PointColour.CORRECT:
        return colours_by_correctness((found.predicted == labels).astype(np.float32))
    return colours_by_label(labels, dataset.class_names)


def _render_points(
    dataset: Dataset, found: LayerVectors, points: Float32Array, colours: PointColours, layer: str
) -> None:
    names, labels = dataset.class_names, dataset.test.labels[found.rows]
    selected = rows_of(inside.selection, found.rows, dataset, SplitName.TEST)
    event = digit_scatter(
        dataset.test.images[found.rows],
        points,
        [
            f"True {names[label]}, predicted {names[predicted]}, {image_words(SplitName.TEST, row)}"
            for row, label, predicted in zip(found.rows.tolist(), labels, found.predicted, strict=True)
        ],
        key="inside.map",
        label=f"{len(found.rows):,} test digits by the output of {layer}",
        x=Axis(),
        y=Axis(),
        colours=colours.index,
        palette=colours.palette,
        glyphs=colours.glyphs,
        selected=np.isin(found.rows, selected) if len(selected) else None,
        height=HEIGHT,
    )
    if event.lassoed is not None:
        lassoed = found.rows[list(event.lassoed)]
        inside.selection = selection_of(lassoed, found.rows, dataset, SplitName.TEST)
        reset(CurrentChoices.image)
        st.rerun()
    if event.picked is not None:
        open_digit(dataset.name, SplitName.TEST, int(found.rows[event.picked]))


def _method_words(method: MapMethod, share: float | None) -> str:
    if share is not None:
        return f"Linear projection onto two principal components, which show {shown_share(share)} of the variance."
    return "t-SNE keeps neighbours together; distances between clusters carry no meaning."


def _layer_words(network: TrainedNetwork, dataset: Dataset, layer: str, found: LayerVectors) -> str:
    is_sample = len(found.rows) < len(dataset.test)
    of = f"A stratified sample of {len(found.rows):,} test digits." if is_sample else ""
    return f"{reduction_words(output_shape(network.architecture, layer), layer)} {of}".strip()


def reduction_words(shape: Shape, layer: str) -> str:
    """What a vector of a layer holds, and how it was shortened."""
    kept = shape_kept(shape)
    if layer == PIXELS:
        return "The vectors are the scaled pixels, before the first layer."
    if layer == OUTPUT:
        return "The vectors are the logarithms of the ten probabilities."
    if kept == shape:
        return f"The vectors are the {size_of(shape):,} activations of `{layer}`."
    if len(kept) == 1:
        return f"The vectors are {kept[0]:,} of the {shape[0]:,} activations of `{layer}`, chosen at random."
    return (
        f"The vectors are the feature maps of `{layer}`, {shape[0]} × {shape[1]}, averaged over {kept[0]} × {kept[1]} "
        f"parts: {size_of(kept):,} instead of {size_of(shape):,} values."
    )
