"""Whether a run has predictions that can be shown."""

from __future__ import annotations

from dashboard import cached
from dashboard.state.current import JudgedSplit
from mnist_core.errors import PredictionsError
from mnist_core.runs.record import RunRecord


def has_predictions(run: RunRecord, split: JudgedSplit) -> bool:
    """Whether there are predictions for a split that can be read: those of any epoch for validation."""
    if _is_readable(run, split, None):
        return True
    if split is not JudgedSplit.VALIDATION:
        return False
    return any(_is_readable(run, split, epoch) for epoch in reversed(cached.run_store().validation_epochs(run.run_id)))


def _is_readable(run: RunRecord, split: JudgedSplit, epoch: int | None) -> bool:
    try:
        cached.predictions(run.run_id, split, epoch)
    except PredictionsError:
        return False
    return True
