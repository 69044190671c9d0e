"""The images of a run: those it was trained and scored on, not whatever has their name today."""

from __future__ import annotations

from dashboard import cached
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DatasetError
from mnist_core.runs.record import RunRecord


def dataset_of(run: RunRecord) -> tuple[Dataset | None, str]:
    """The data set of a run; None where these very images are not here, with the beginning of a sentence that says so.

    Markdown. A run that has not begun does not know its images: then it is the data set of that name.
    """
    name = escape_markdown(run.config.dataset)
    try:
        dataset = cached.dataset(run.config.dataset)
    except DatasetError:
        return None, f"The data set {name} is not on this machine"
    known = run.dataset.sha256 if run.dataset is not None else ""
    if known and known != dataset.sha256:
        return None, f"The data set {name} has changed since this run"
    return dataset, ""
