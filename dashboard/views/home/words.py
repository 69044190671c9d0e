"""Scores in words: always with the images they are about."""

from __future__ import annotations

import math

from dashboard import cached
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import RunRecord


def share(part: int, whole: int) -> str:
    """A share of images as a percentage; 100% and 0% only if it is all of them or none."""
    if part in (0, whole):
        return "100%" if part else "0%"
    decimals = 1 if whole <= 1000 else 2
    scale = 10**decimals
    shown = min(max(1, round(100 * scale * part / whole)), 100 * scale - 1) / scale
    return f"{shown:.{decimals}f}%"


def score_on_test(run: RunRecord) -> str | None:
    """Accuracy with its data, as Markdown: "98.56% of 10,000 test images of MNIST"; None before it is known."""
    accuracy, dataset = run.summary.test_accuracy, run.dataset
    if accuracy is None or dataset is None or not dataset.test_images or not math.isfinite(accuracy):
        return None
    n_correct = min(max(0, round(accuracy * dataset.test_images)), dataset.test_images)
    title = escape_markdown(dataset_title(run))
    return f"{share(n_correct, dataset.test_images)} of {dataset.test_images:,} test images of {title}"


def dataset_title(run: RunRecord) -> str:
    """The title of a run's data set; its name if it is not on this machine."""
    name = run.config.dataset
    return next((info.title for info in cached.datasets() if info.name == name), name)
