"""The nearest neighbours of a digit among the training digits, by hidden vectors."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.context.digit import digit_address
from dashboard.shared.context.evaluated import VALIDATION, Evaluated
from dashboard.shared.digits.hidden_neighbours import find_hidden_vectors, nearest_training_digits, searched_words
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import SplitName
from mnist_core.data.finding.neighbours import Neighbours
from mnist_core.data.image_ref import ImageRef
from mnist_core.evaluation.predictions import Position

N_NEIGHBOURS = 8


def render_neighbours(found: Evaluated, opened: Position, image: np.ndarray) -> None:
    """The nearest training digits with their labels; a click opens one on Explore."""
    assert found.dataset is not None
    st.subheader("Nearest training digits", anchor=False)
    run = found.run
    if run.best_epoch is None:
        st.caption("The run has no weights yet.")
        return
    vectors = find_hidden_vectors(run, found.dataset, name="mistakes.hidden")
    if vectors is None:
        return
    exclude = found.predictions.row_at(opened) if found.split == VALIDATION else None
    near = nearest_training_digits(run, image, vectors, N_NEIGHBOURS, exclude=exclude)
    if near is not None:
        _render_grid(found, opened, near, among=searched_words(len(vectors.rows), len(found.dataset.train)))


def _render_grid(found: Evaluated, opened: Position, near: Neighbours, *, among: str) -> None:
    assert found.dataset is not None
    row = found.predictions.row_at(opened)
    labels = found.dataset.train.labels[near.rows]
    names = [found.class_names[label] for label in labels]
    true = int(found.predictions.labels[opened])
    n_same = int((labels == true).sum())
    st.markdown(
        f"{n_same} of the {len(labels)} nearest by hidden vectors have the label "
        f"{escape_markdown(found.class_names[true])}. Searched: {among}.",
        help="Hidden vectors are the activations of the last hidden layer (best checkpoint: epoch "
        f"{found.run.best_epoch}). A wide layer is compared with a sample. Click a digit to open it on Explore.",
    )
    picked = digit_grid(
        found.dataset.train.images[near.rows],
        names,
        key=f"mistakes.neighbours.{found.split}.{row}",
        label="Nearest training digits",
        ids=near.rows,
        show_captions=True,
        notes=[
            f"Label {name}, training digit {training_row}, distance {distance:.2f}"
            for name, training_row, distance in zip(names, near.rows, near.distances, strict=True)
        ],
        marks=(labels != true).tolist(),
        cell=52,
    )
    target = page_named("explore")
    if picked is not None and target is not None:
        image = ImageRef(split=SplitName.TRAIN, row=int(near.rows[picked]))
        st.switch_page(target, query_params=digit_address(found.dataset.name, image))
