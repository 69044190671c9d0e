"""Scores in words: always with the images they are about."""

from __future__ import annotations

import math

from dashboard.shared.runs.names import dataset_title
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share


def score_on_test(run: RunRecord) -> str | None:
    """Accuracy with its data, as Markdown: "98.56% of 10,000 test images of MNIST"; None before it is known."""
    n_images = run.dataset.test_images if run.dataset is not None else 0
    return _score(run, run.summary.test_accuracy, n_images, "test")


def score_on_validation(run: RunRecord) -> str | None:
    """The same on the validation images after the best epoch: "98.40% of 500 validation images of MNIST sample"."""
    n_images = run.dataset.validation_images if run.dataset is not None else 0
    return _score(run, run.summary.validation_accuracy, n_images, "validation")


def _score(run: RunRecord, accuracy: float | None, n_images: int, split: str) -> str | None:
    if accuracy is None or not n_images or not math.isfinite(accuracy):
        return None
    title = escape_markdown(dataset_title(run.config.dataset))
    return f"{shown_share(accuracy)} of {n_images:,} {split} images of {title}"
