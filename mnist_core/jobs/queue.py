"""Which queued run trains next, and how many train at once.

    <root>/queue.json   {"parallel": 1, "order": ["run id", ...]}

`order` holds the runs that a person moved; others follow by age.

`dispatch` may be called by anyone at any time: the server at every look, a worker when it ends, the command line. A
lock on the store makes sure that two callers never fill the same place.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, replace

import psutil

from mnist_core.errors import ConfigError, MnistCoreError, RunError, RunLockedError
from mnist_core.files import write_json
from mnist_core.jobs.adjusting import keep
from mnist_core.jobs.control import (
    checked,
    clear_requests,
    has_ignored_stop,
    holder,
    is_asked_to_pause,
    release_pause,
    request_adjustments,
    request_pause,
    request_stop,
)
from mnist_core.jobs.launcher import launch
from mnist_core.locks import exclusive
from mnist_core.processes import Process
from mnist_core.runs.record import RunRecord, RunStatus, is_run_id
from mnist_core.runs.store import RunStore
from mnist_core.training.progress import NO_CHANGE, Adjustments

MAX_PARALLEL = 8
MAX_QUEUED = 100
LOCK = ".queue-lock"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueSettings:
    """How many runs train at once, and the order a person gave to waiting ones."""

    parallel: int = 1
    order: tuple[str, ...] = ()


def read_settings(store: RunStore) -> QueueSettings:
    """The settings of a store's queue; defaults where the file is missing or damaged."""
    try:
        values = json.loads((store.root / "queue.json").read_bytes())
        parallel = min(MAX_PARALLEL, max(1, int(values["parallel"])))
        return QueueSettings(parallel=parallel, order=tuple(run_id for run_id in values["order"] if is_run_id(run_id)))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return QueueSettings()


def set_parallel(store: RunStore, parallel: int) -> None:
    """Let this many runs train at once, and start waiting ones if there is room now.

    Raises:
        ConfigError: not an integer from 1 to 8.
    """
    if isinstance(parallel, bool) or not isinstance(parallel, int) or not 1 <= parallel <= MAX_PARALLEL:
        raise ConfigError.invalid("parallel", expected=f"an integer from 1 to {MAX_PARALLEL}", received=parallel)
    with exclusive(store.root / LOCK):
        _write(store, QueueSettings(parallel=parallel, order=read_settings(store).order))
    dispatch(store)


def queued(store: RunStore) -> tuple[RunRecord, ...]:
    """Runs that wait, the next one first."""
    order = {run_id: place for place, run_id in enumerate(read_settings(store).order)}
    waiting = [run for run in store.list() if run.status is RunStatus.QUEUED and not store.is_worked_on(run.run_id)]
    return tuple(sorted(waiting, key=lambda run: (order.get(run.run_id, len(order)), run.created_at, run.run_id)))


def move(store: RunStore, run_id: str, places: int) -> None:
    """Move a waiting run up (negative) or down the queue."""
    with exclusive(store.root / LOCK):
        ids = [run.run_id for run in queued(store)]
        if run_id not in ids:
            raise RunError(f"Run {run_id} does not wait in the queue.")
        place = ids.index(run_id)
        ids.insert(min(max(place + places, 0), len(ids) - 1), ids.pop(place))
        _write(store, QueueSettings(parallel=read_settings(store).parallel, order=tuple(ids)))


def enqueue(store: RunStore, run_id: str) -> None:
    """Put a run in the queue and start it if there is room.

    Raises:
        RunError: the queue is full, or the run is being trained.
    """
    if store.is_worked_on(run_id):
        raise RunLockedError(f"Run {run_id} is being trained already.")
    try:
        _check_room(store, run_id)
    except RunError:
        if store.get(run_id).status is RunStatus.QUEUED:  # it was just made; whatever has been trained stays as it is
            store.set(run_id, status=RunStatus.STOPPED.value)
        raise
    store.set(run_id, status=RunStatus.QUEUED.value)
    dispatch(store)


def _check_room(store: RunStore, run_id: str) -> None:
    if sum(run.run_id != run_id for run in queued(store)) >= MAX_QUEUED:
        raise RunError(f"The queue is full: {MAX_QUEUED} runs wait already.")


def dispatch(store: RunStore) -> tuple[Process, ...]:
    """Start waiting runs while there is room; returns the workers started."""
    started: list[Process] = []
    if not store.root.is_dir():
        return ()
    with exclusive(store.root / LOCK):
        waiting = queued(store)
        free = _free_places(store) if waiting else 0
        for run in waiting:
            if len(started) >= free:
                break
            with contextlib.suppress(MnistCoreError, OSError):  # one run that cannot start must not hold up the others
                started.append(launch(store, run.run_id))
    return tuple(started)


def _free_places(store: RunStore) -> int:
    return read_settings(store).parallel - sum(_takes_place(store, run) for run in store.list())


def _takes_place(store: RunStore, run: RunRecord) -> bool:
    match run.status:
        case RunStatus.RUNNING:
            return True
        case RunStatus.QUEUED:
            return store.is_worked_on(run.run_id)
        case RunStatus.PAUSED:  # a worker that waits has freed the cores, unless it was told a moment ago to go on
            return not is_asked_to_pause(store.folder(run.run_id)) and store.is_worked_on(run.run_id)
    return False


# What a person can ask of a run, whatever its state ------------------------------------------------------------------


def stop(store: RunStore, run_id: str) -> str:
    """Stop a run, or take it out of the queue; returns a sentence that says what happens."""
    folder = store.folder(run_id)
    with exclusive(store.root / LOCK):  # or it might be started between the look and the change
        run = store.get(run_id)
        if not store.is_worked_on(run_id):
            return _stop_waiting(store, run)
    if has_ignored_stop(folder):
        return _stop_by_force(store, run_id)
    request_stop(folder)
    return f"Run {run_id} is asked to stop; it saves a checkpoint first."


def _stop_waiting(store: RunStore, run: RunRecord) -> str:
    if run.status in (RunStatus.QUEUED, RunStatus.PAUSED):
        store.set(run.run_id, status=RunStatus.STOPPED.value)
        return f"Run {run.run_id} no longer waits to train."
    return f"Run {run.run_id} is not training: it is {run.status}."


def _stop_by_force(store: RunStore, run_id: str) -> str:
    """End a worker that hangs. What it recorded stays."""
    process = holder(store.folder(run_id))
    if process is None:
        return f"Run {run_id} does not answer, and its process is not on this machine."
    process.kill()
    with contextlib.suppress(psutil.Error):
        process.wait(5)
    clear_requests(store.folder(run_id))
    store.set(run_id, status=RunStatus.STOPPED.value)
    dispatch(store)  # a worker that ends in order does this itself
    return f"Run {run_id} did not answer and was ended; its last checkpoint is kept."


def pause(store: RunStore, run_id: str) -> None:
    """Let a training run wait; it checkpoints first and frees the cores."""
    if not store.is_worked_on(run_id):
        raise RunError(f"Run {run_id} is not training: it is {store.get(run_id).status}.")
    request_pause(store.folder(run_id))


def resume(store: RunStore, run_id: str, adjustments: Adjustments = NO_CHANGE) -> None:
    """Go on with a run when its turn comes: one that waits, was stopped, failed or was interrupted, or a finished one
    with more epochs.

    Raises:
        RunError: the run trains already, or has nothing left to do.
    """
    if not _released(store, run_id, adjustments):
        _check_room(store, run_id)
        _prepare(store, run_id, adjustments)
        enqueue(store, run_id)


def resume_now(store: RunStore, run_id: str, adjustments: Adjustments = NO_CHANGE) -> Process | None:
    """Like `resume`, at once and past the queue; returns the worker, or None if one was only waiting."""
    if _released(store, run_id, adjustments):
        return None
    _prepare(store, run_id, adjustments)
    return launch(store, run_id)


def _released(store: RunStore, run_id: str, wanted: Adjustments) -> bool:
    """True if a worker that waited goes on, with what is wanted."""
    folder = store.folder(run_id)  # says so if there is no such run, or no folder of runs at all
    checked(wanted)
    with exclusive(store.root / LOCK):
        run = store.get(run_id)
        if not store.is_worked_on(run_id):
            return False
        if run.status is not RunStatus.PAUSED:
            raise RunLockedError(f"Run {run_id} is being trained already.")
        if is_asked_to_pause(folder) and _free_places(store) < 1:  # else it has its place, and goes on in an instant
            raise RunError("Another run trains in its place. Wait for it, pause it, or let more runs train at once.")
        if wanted != NO_CHANGE:
            request_adjustments(folder, wanted)
        release_pause(folder)
    return True


def _prepare(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Write the adjustments down, if there is anything left to train."""
    run = store.get(run_id)
    done = run.summary.epochs_done
    if run.status is RunStatus.COMPLETED or (wanted.epochs or 0) > done:
        wanted = replace(wanted, patience_from=done)  # more epochs than early stopping allowed are what is asked for
    epochs = wanted.epochs or run.epochs
    if epochs < done or (epochs == done and run.status is RunStatus.COMPLETED):
        raise RunError(f"Run {run_id} has trained {done} of {epochs} epochs. Ask for more epochs to go on.")
    keep(store, run_id, wanted)


def _write(store: RunStore, settings: QueueSettings) -> None:
    write_json(store.root / "queue.json", {"parallel": settings.parallel, "order": list(settings.order)})
