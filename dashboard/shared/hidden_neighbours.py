"""The training digits that a network finds most like an image, by the outputs of its last hidden layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from dashboard import cached
from dashboard.cached import answers
from dashboard.server.background import Job
from dashboard.shared.job_progress import job_result
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset, UInt8Array
from mnist_core.data.finding.neighbours import Neighbours
from mnist_core.data.rows import Row
from mnist_core.errors import RunError
from mnist_core.network.hidden_vectors import HiddenVectors
from mnist_core.probing.run_job import follow
from mnist_core.runs.record import RunRecord


def find_hidden_vectors(run: RunRecord, dataset: Dataset, *, name: str) -> HiddenVectors | None:
    """The outputs of the last hidden layer for the training digits; None while they are computed, with a bar.

    Args:
        name: "<page>.<field>", for the bar.
    """
    vectors = answers.hidden_vectors(run, dataset)
    if vectors is None:
        folder = cached.run_store().folder(run.run_id)
        job_result(
            ("hidden", run.run_id, run.best_epoch),
            lambda job: _work(job, folder),
            title="Looking at the training digits",
            name=name,
        )
        vectors = answers.hidden_vectors(run, dataset)
    return vectors


def nearest_training_digits(
    run: RunRecord, image: UInt8Array, vectors: HiddenVectors, n: int, *, exclude: Row | None
) -> Neighbours | None:
    """The `n` nearest; None after saying why the network cannot compare the image, uint8 (28, 28).

    Args:
        exclude: the image itself, if it is a training digit.
    """
    try:
        own: np.ndarray = answers.hidden_vector(run, image)
    except RunError as error:
        st.caption(f"The digit cannot be compared. {escape_markdown(str(error))}")
        return None
    return vectors.nearest(own, n, exclude=exclude)


def _work(job: Job, folder: Path) -> None:
    follow("hidden", folder, tell=job.tell, is_cancelled=job.is_cancelled)
