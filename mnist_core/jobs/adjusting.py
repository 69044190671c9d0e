"""Changes to a run after its start: asked of the worker that has it, or written down for the next one."""

from __future__ import annotations

from mnist_core.jobs.control import checked, read_adjustments, request_adjustments
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import Adjustments


def adjust(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Train on with another learning rate or number of epochs, from the next batch on or from the next start.

    Raises:
        RunNotFoundError: no such run.
        ConfigError: a value outside the limits of the setting.
    """
    if store.is_worked_on(run_id):
        request_adjustments(store.folder(run_id), wanted)
    else:
        keep(store, run_id, wanted)


def keep_adjustments(store: RunStore, run_id: str) -> None:
    """Write down what was asked but not yet obeyed; for whoever holds the lock, before requests are cleared."""
    pending = read_adjustments(store.folder(run_id))
    if pending != Adjustments():
        keep(store, run_id, pending)


def keep(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Write adjustments into `run.json`, on top of earlier ones."""
    store.set(run_id, adjustments=checked(store.get(run_id).adjustments.merged(wanted)))
