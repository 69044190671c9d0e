"""Nearest neighbours of an image among the training images, by hidden vectors."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.cached import answers
from dashboard.shared.job_progress import job_result
from dashboard.shared.runs.jobs import analysing
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.data.finding.neighbours import Neighbours
from mnist_core.data.rows import Row
from mnist_core.errors import RunError
from mnist_core.network.hidden_vectors import HiddenVectors
from mnist_core.runs.record import RunRecord


def find_hidden_vectors(run: RunRecord, dataset: Dataset, *, name: str) -> HiddenVectors | None:
    """Hidden vectors of the training images; None while they are computed, with a progress bar.

    Args:
        name: "<page>.<field>", for the progress bar.
    """
    vectors = answers.hidden_vectors(run, dataset)
    if vectors is None:
        job_result(
            ("hidden", run.run_id, run.best_epoch),
            analysing(run, "hidden"),
            title="Computing activations for the training images",
            name=name,
        )
        vectors = answers.hidden_vectors(run, dataset)
    return vectors


def nearest_training_digits(
    run: RunRecord, image: UInt8Array, vectors: HiddenVectors, n: int, *, exclude: Row | None
) -> Neighbours | None:
    """The `n` nearest neighbours of an image uint8 (28, 28); None after saying why they cannot be computed.

    Args:
        exclude: the image itself, if it is a training image.
    """
    try:
        own: np.ndarray = answers.hidden_vector(run, image)
    except RunError as error:
        st.caption(f"The nearest neighbours cannot be computed. {escape_markdown(str(error))}")
        return None
    return vectors.nearest(own, n, exclude=exclude)


def searched_words(n_searched: int, n: int) -> str:
    """Among which images neighbours were searched: "all 4,000 training images"."""
    if n_searched == n:
        return f"all {n:,} training images"
    return f"a stratified sample of {n_searched:,} of the {n:,} training images"
