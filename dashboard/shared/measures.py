"""The handwriting measures of a data set, computed once in the background."""

from __future__ import annotations

import math

from dashboard.server.background import Job, jobs
from dashboard.shared.context.evaluated import Evaluated
from dashboard.shared.job_progress import QUICK_SECONDS, job_result, render_job
from mnist_core.data.dataset import Dataset
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.measures.stored import DatasetMeasures, dataset_measures

TITLE = "Computing handwriting measures"
WHOLE_NUMBERS = ("loops", "height", "width")
"""Measures whose values are whole numbers."""


def measures_of(dataset: Dataset, *, name: str) -> DatasetMeasures | None:
    """The measures of a data set; None while they are computed, with a progress bar.

    Args:
        name: "<page>.<field>", for the progress bar.
    """
    found: DatasetMeasures | None = job_result(
        _key(dataset), lambda job: _measure(dataset, job), title=TITLE, name=name
    )
    return found


def measures_if_known(dataset: Dataset) -> DatasetMeasures | None:
    """The same without a progress bar: starts the computation, and returns None until it has ended."""
    job = jobs().get(_key(dataset))
    if job is None:
        job = jobs().start(_key(dataset), lambda job: _measure(dataset, job))
        job.wait(QUICK_SECONDS)
    measured: DatasetMeasures | None = job.result if job.is_done else None
    return measured


def is_measuring(dataset: Dataset) -> bool:
    """Whether the measures of a data set are being computed."""
    job = jobs().get(_key(dataset))
    return job is not None and job.is_running


def render_measuring(dataset: Dataset, *, name: str) -> bool:
    """The progress of the computation, or why it failed; returns whether it goes on.

    Where digits can be clicked it belongs below or beside them: they would move when it ends.
    """
    measures_if_known(dataset)
    render_job(_key(dataset), title=TITLE, name=name)
    return is_measuring(dataset)


def evaluated_measures(found: Evaluated, *, name: str) -> Measures | None:
    """One row for each prediction; None without the images, or while measures are computed, with a progress bar."""
    if found.dataset is None:
        return None
    measured = measures_of(found.dataset, name=name)
    return None if measured is None else _rows(found, measured)


def evaluated_measures_if_known(found: Evaluated) -> Measures | None:
    """The same without a progress bar: starts the computation, and returns None until it has ended."""
    if found.dataset is None:
        return None
    measured = measures_if_known(found.dataset)
    return None if measured is None else _rows(found, measured)


def measure_title(name: str) -> str:
    """Title and unit of a measure, for an axis or a slider."""
    return f"{MEASURES[name].title} ({MEASURES[name].unit})"


def shown_measure(name: str, value: float) -> str:
    """A value of a measure, suitably rounded."""
    if math.isnan(value):
        return "unknown"
    if name in WHOLE_NUMBERS:
        return f"{value:.0f}"
    return f"{value:.3f}" if MEASURES[name].unit == "0 to 1" else f"{value:.1f}"


def _key(dataset: Dataset) -> tuple[str, str]:
    return ("measures", dataset.sha256)  # the same on all pages, so that measures are computed once


def _measure(dataset: Dataset, job: Job) -> DatasetMeasures:
    return dataset_measures(dataset, progress=lambda share: job.tell(share))


def _rows(found: Evaluated, measured: DatasetMeasures) -> Measures:
    return Measures(values=measured.split(found.data_split).values[found.predictions.index])
