"""What the stored predictions of a run show, with the sentence on handwriting where the images are on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.verdict import slice_finding, verdict
from mnist_core.runs.predicted_images import measures_of_predictions
from mnist_core.runs.record import RunRecord

if TYPE_CHECKING:
    from mnist_core.evaluation.verdict import Finding, SliceFinding


def run_verdict(run: RunRecord, predictions: Predictions, split: str) -> tuple[Finding | SliceFinding, ...]:
    """The findings in the order of the page Evaluate; the weak slice is there if one is confirmed.

    Args:
        split: of the predictions, `test` or `validation`.
    """
    from mnist_core.evaluation.weak_slices import weak_slices  # loads scikit-learn

    measures = measures_of_predictions(run, predictions, split)
    worst = None if measures is None else slice_finding(weak_slices(predictions, measures.to_frame()))
    return (*verdict(predictions), *(() if worst is None else (worst,)))
