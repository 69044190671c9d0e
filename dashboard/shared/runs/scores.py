"""Scores in words: always with the images they are about."""

from __future__ import annotations

import math

from dashboard.shared.runs.names import dataset_title
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share


def score_on_test(run: RunRecord) -> str | None:
    """Accuracy with its data, as Markdown: "98.56% of 10,000 test images of MNIST"; None before it is known."""
    accuracy, dataset = run.summary.test_accuracy, run.dataset
    if accuracy is None or dataset is None or not dataset.test_images or not math.isfinite(accuracy):
        return None
    title = escape_markdown(dataset_title(run.config.dataset))
    return f"{shown_share(accuracy)} of {dataset.test_images:,} test images of {title}"
