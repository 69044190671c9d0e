"""The training digits that a run sees as most similar to one digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.navigation import page_named
from dashboard.server.background import Job
from dashboard.shared.evaluated import VALIDATION, Evaluated
from dashboard.shared.job_progress import job_result
from dashboard.state.selection import selection
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import RunError
from mnist_core.network.hidden_vectors import HiddenVectors
from mnist_core.probing.run_job import follow

N_NEIGHBOURS = 8


def render_neighbours(found: Evaluated, opened: int, image: np.ndarray) -> None:
    """Eight training digits with their labels; a click opens one on Explore."""
    assert found.dataset is not None
    st.subheader("Nearest training digits", anchor=False)
    run = found.run
    if run.best_epoch is None:
        st.caption("The run has no weights yet.")
        return
    vectors = answers.hidden_vectors(run, found.dataset)
    if vectors is None:
        folder = cached.run_store().folder(run.run_id)
        job_result(
            ("hidden", run.run_id, run.best_epoch),
            lambda job: _work(job, folder),
            title="Looking at the training digits",
            name="mistakes.hidden",
        )
        vectors = answers.hidden_vectors(run, found.dataset)
    if vectors is None:
        return
    try:
        own = answers.hidden_vector(run, image)
    except RunError as error:
        st.caption(f"The digit cannot be compared. {escape_markdown(str(error))}")
        return
    _render_grid(found, opened, own, vectors)


def _work(job: Job, folder: Path) -> None:
    follow("hidden", folder, tell=job.tell, is_cancelled=job.is_cancelled)


def _render_grid(found: Evaluated, opened: int, own: np.ndarray, vectors: HiddenVectors) -> None:
    assert found.dataset is not None
    row = int(found.predictions.index[opened])
    near = vectors.nearest(own, N_NEIGHBOURS, exclude=row if found.split == VALIDATION else None)
    labels = found.dataset.train.labels[near.rows]
    names = [found.class_names[label] for label in labels]
    true = int(found.predictions.labels[opened])
    n_same = int((labels == true).sum())
    st.markdown(
        f"{n_same} of {len(labels)} have the label {escape_markdown(found.class_names[true])}.",
        help="By what the network's last hidden layer makes of them, with the weights of epoch "
        f"{found.run.best_epoch}; searched among {len(vectors.rows):,} training digits. "
        "Click one to see it on Explore.",
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
    explore = page_named("explore")
    if picked is not None and explore is not None:
        selection.explore_data = found.dataset.name
        selection.explore_image = f"train-{near.rows[picked]}"
        st.switch_page(explore)
