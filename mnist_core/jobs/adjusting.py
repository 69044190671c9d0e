"""Changes to a run after its start: asked of the worker that has it, or written down for the next one."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from mnist_core.jobs.control import ADJUST, checked, clear_requests, read_adjustments, request_adjustments
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import NO_CHANGE, Adjustments


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


def keep_adjustments(store: RunStore, run_id: str, *, obeyed: Adjustments = NO_CHANGE) -> None:
    """Write down what was asked but not yet `obeyed`; for whoever holds the lock, before requests are cleared."""
    if read_adjustments(store.folder(run_id)) not in (NO_CHANGE, obeyed):
        keep(store, run_id, NO_CHANGE)


def settle_requests(store: RunStore, run_id: str) -> None:
    """Begin with a clean sheet: adjustments asked of an earlier worker are kept, its stop and pause forgotten.

    For whoever holds the lock and starts a worker.
    """
    keep_adjustments(store, run_id)
    clear_requests(store.folder(run_id))


def keep(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Write adjustments into `run.json`, on top of earlier ones and of a request that a worker has left behind."""
    folder, run = store.folder(run_id), store.get(run_id)
    kept = run.adjustments.merged(read_adjustments(folder)).merged(wanted)
    if kept.epochs is not None:  # a run cannot be shorter than what it has trained
        kept = replace(kept, epochs=max(kept.epochs, run.summary.epochs_done))
    store.set(run_id, adjustments=checked(kept))
    with contextlib.suppress(OSError):  # else it would come on top of what is asked later
        (folder / ADJUST).unlink(missing_ok=True)
