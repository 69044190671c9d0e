"""The handwriting measures of the digits that a page is about, measured once in the background."""

from __future__ import annotations

import math

from dashboard.server.background import Job, jobs
from dashboard.shared.evaluated import Evaluated
from dashboard.shared.job_progress import job_result
from mnist_core.data.dataset import Dataset
from mnist_core.data.measures.registry import MEASURES, Measures
from mnist_core.data.measures.stored import DatasetMeasures, dataset_measures

WHOLE_NUMBERS = ("loops", "height", "width")
"""Measures that are counts of something."""


def measures_of(dataset: Dataset, *, name: str) -> DatasetMeasures | None:
    """The measures of a data set; None while they are computed, with a bar that shows how far that is.

    Args:
        name: "<page>.<field>", for the bar.
    """
    found: DatasetMeasures | None = job_result(
        _key(dataset), lambda job: _measure(dataset, job), title="Measuring the handwriting", name=name
    )
    return found


def evaluated_measures(found: Evaluated, *, name: str) -> Measures | None:
    """One row for each prediction; None without the digits, or while they are measured, with a bar that says so."""
    if found.dataset is None:
        return None
    measured = measures_of(found.dataset, name=name)
    return None if measured is None else _rows(found, measured)


def evaluated_measures_if_known(found: Evaluated) -> Measures | None:
    """The same without a word: None until they have been measured, which is begun."""
    if found.dataset is None:
        return None
    dataset = found.dataset
    job = jobs().start(_key(dataset), lambda job: _measure(dataset, job))
    return _rows(found, job.result) if job.is_done else None


def measure_title(name: str) -> str:
    """Title and unit of a measure, for an axis or a slider."""
    return f"{MEASURES[name].title} ({MEASURES[name].unit})"


def shown_measure(name: str, value: float) -> str:
    """A value of a measure, in the digits that tell something."""
    if math.isnan(value):
        return "not known"
    if name in WHOLE_NUMBERS:
        return f"{value:.0f}"
    return f"{value:.3f}" if MEASURES[name].unit == "0 to 1" else f"{value:.1f}"


def _key(dataset: Dataset) -> tuple[str, str]:
    return ("measures", dataset.sha256)  # the same wherever measures are shown, so that they are computed once


def _measure(dataset: Dataset, job: Job) -> DatasetMeasures:
    return dataset_measures(dataset, progress=lambda share: job.tell(share))


def _rows(found: Evaluated, measured: DatasetMeasures) -> Measures:
    return Measures(values=measured.split(found.data_split).values[found.predictions.index])
