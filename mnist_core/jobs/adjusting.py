"""Adjustments of a run after its start: requested from its worker, or stored for the next worker."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from mnist_core.errors import ConfigError, RunError
from mnist_core.jobs.control import ADJUST, checked, clear_requests, read_adjustments, request_adjustments
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import NO_CHANGE, Adjustments


def adjust(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Adjust learning rate or total epochs; takes effect at the next batch, or when the run is resumed.

    Raises:
        RunNotFoundError: no such run.
        ConfigError: a value outside the allowed range of the setting.
    """
    if store.is_worked_on(run_id):
        request_adjustments(store.folder(run_id), wanted)
    else:
        keep(store, run_id, wanted)


def adjust_active(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """The same for a run that is training, paused or queued, and for no other one.

    Raises:
        RunNotFoundError: no such run.
        RunError: it has ended.
        ConfigError: nothing is wanted, a value is outside the allowed range, or the run has trained more epochs.
    """
    run = store.get(run_id)
    if run.status.is_finished:
        raise RunError(f"Run {run_id} is not training. Its status is {run.status}. Resume it with more total epochs.")
    if wanted == NO_CHANGE:
        raise ConfigError("There is nothing to adjust. Expected a learning rate, a number of epochs, or both.")
    done = run.summary.epochs_done
    if wanted.epochs is not None and 0 < wanted.epochs < done:
        raise ConfigError.invalid("epochs", expected=f"at least the {done} trained ones", received=wanted.epochs)
    checked(wanted)
    adjust(store, run_id, wanted)


def keep_adjustments(store: RunStore, run_id: str, *, obeyed: Adjustments = NO_CHANGE) -> None:
    """Store requested adjustments that were not `obeyed`; for the holder of the lock, before requests are cleared."""
    if read_adjustments(store.folder(run_id)) not in (NO_CHANGE, obeyed):
        keep(store, run_id, NO_CHANGE)


def settle_requests(store: RunStore, run_id: str) -> None:
    """Store the adjustments requested from an earlier worker, and drop its stop and pause requests.

    For the holder of the lock who starts a worker.
    """
    keep_adjustments(store, run_id)
    clear_requests(store.folder(run_id))


def keep(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Merge adjustments into `run.json`, after earlier ones and a request that a worker has not obeyed."""
    folder, run = store.folder(run_id), store.get(run_id)
    kept = run.adjustments.merged(read_adjustments(folder)).merged(wanted)
    if kept.epochs is not None:  # a run cannot have fewer epochs than it has trained
        kept = replace(kept, epochs=max(kept.epochs, run.summary.epochs_done))
    store.set(run_id, adjustments=checked(kept))
    with contextlib.suppress(OSError):  # or it would override later requests
        (folder / ADJUST).unlink(missing_ok=True)
