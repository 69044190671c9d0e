"""The temperature that fits the validation digits of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnist_core.errors import PredictionsError
from mnist_core.runs.store import RunStore

if TYPE_CHECKING:  # it loads scipy
    from mnist_core.evaluation.calibration import Temperature


def validation_temperature(store: RunStore, run_id: str, epoch: int | None = None) -> Temperature | None:
    """Fitted to the validation predictions after `epoch` (None: the best); None if there are none.

    Raises:
        PredictionsError: they are damaged, or have no digits.
    """
    from mnist_core.evaluation.calibration import fit_temperature

    try:
        is_there = store.predictions_path(run_id, "validation", epoch).exists()
    except PredictionsError:  # no epoch is finished
        return None
    return fit_temperature(store.predictions(run_id, "validation", epoch)) if is_there else None
