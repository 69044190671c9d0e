"""Whether a run has predictions that can be shown."""

from __future__ import annotations

from dashboard import cached
from dashboard.state.current import JudgedSplit
from mnist_core.errors import PredictionsError
from mnist_core.runs.record import RunRecord


def has_predictions(run: RunRecord, split: JudgedSplit) -> bool:
    """Whether there are predictions for a split that can be read: those of any epoch for validation."""
    epochs = (None, *reversed(cached.run_store().validation_epochs(run.run_id)))
    return any(_is_readable(run, split, epoch) for epoch in (epochs if split is JudgedSplit.VALIDATION else (None,)))


def _is_readable(run: RunRecord, split: JudgedSplit, epoch: int | None) -> bool:
    try:
        cached.predictions(run.run_id, split, epoch)
    except PredictionsError:
        return False
    return True
