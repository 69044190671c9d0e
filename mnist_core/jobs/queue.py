"""The queue: which run trains next, and how many runs train at the same time.

    <root>/queue.json   {"parallel": 1, "order": ["run id", ...]}

`order` has the runs that a person moved; the others follow by age. In a class, the number of parallel runs is that of
all people together: see `mnist_core.jobs.sharing`.

`dispatch` may be called at any time: by the server at every refresh, by a worker when it ends, by the command line. A
lock on the store ensures that two callers never fill the same place.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from mnist_core.errors import MnistCoreError, RunError, RunLockedError
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
from mnist_core.jobs.executors import LOCAL, QUEUED, Executor, Started, chosen_executor
from mnist_core.jobs.launcher import launch
from mnist_core.jobs.sharing import (
    MAX_PARALLEL,
    Place,
    checked_parallel,
    in_turn,
    note_turn,
    shared_parallel,
    sharing_folder,
    stores_in,
    turns,
)
from mnist_core.locks import exclusive
from mnist_core.processes import Process
from mnist_core.runs.record import RunRecord, RunStatus, is_run_id
from mnist_core.runs.store import RunStore, unsaved
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.progress import NO_CHANGE, Adjustments

MAX_QUEUED = 100
LOCK = ".queue-lock"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueSettings:
    """The number of parallel runs, and the order that a person gave to queued runs."""

    parallel: int = 1
    order: tuple[str, ...] = ()


def read_settings(store: RunStore) -> QueueSettings:
    """The settings of a store's queue; the defaults if the file is missing or damaged."""
    own = _own_settings(store)
    folder = sharing_folder(store)
    return own if folder is None else replace(own, parallel=shared_parallel(folder))


def _own_settings(store: RunStore) -> QueueSettings:
    try:
        values = json.loads((store.root / "queue.json").read_bytes())
        parallel = min(MAX_PARALLEL, max(1, int(values["parallel"])))
        return QueueSettings(parallel=parallel, order=tuple(run_id for run_id in values["order"] if is_run_id(run_id)))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return QueueSettings()


def shares_places(store: RunStore) -> bool:
    """Whether the number of parallel runs is that of a class, not of this store alone."""
    return sharing_folder(store) is not None


def runs_ahead(store: RunStore, run_id: str) -> int:
    """How many queued runs get a place before this one, those of other people among them.

    Raises:
        RunError: it is not in the queue.
    """
    for ahead, (whose, run) in enumerate(in_turn(_places(store, LOCAL))):
        if (whose.root, run.run_id) == (store.root, run_id):
            return ahead
    raise RunError(f"Run {run_id} is not in the queue.")


def set_parallel(store: RunStore, parallel: int) -> None:
    """Set the number of parallel runs, and start queued runs if there are free places.

    Raises:
        ConfigError: not an integer from 1 to 8.
        RunError: the places are those of a class.
    """
    if shares_places(store):
        raise RunError("The number of parallel runs is set for the whole class.")
    with exclusive(_lock(store)):
        _write(store, QueueSettings(parallel=checked_parallel(parallel), order=read_settings(store).order))
    dispatch(store)


def queued(store: RunStore) -> tuple[RunRecord, ...]:
    """The queued runs, the next one first."""
    order = {run_id: place for place, run_id in enumerate(read_settings(store).order)}
    waiting = [run for run in store.find(QUEUED) if not run.cluster_task and not store.is_worked_on(run.run_id)]
    return tuple(sorted(waiting, key=lambda run: (order.get(run.run_id, len(order)), run.created_at, run.run_id)))


def move(store: RunStore, run_id: str, places: int) -> None:
    """Move a queued run up (negative) or down."""
    with exclusive(_lock(store)):
        ids = [run.run_id for run in queued(store)]
        if run_id not in ids:
            raise RunError(f"Run {run_id} is not in the queue.")
        place = ids.index(run_id)
        ids.insert(min(max(place + places, 0), len(ids) - 1), ids.pop(place))
        _write(store, QueueSettings(parallel=read_settings(store).parallel, order=tuple(ids)))


def submit(store: RunStore, config: ExperimentConfig, *, name: str = "", **fields: Any) -> str:
    """A new run at the end of the queue, which starts if there is a free place; returns its id.

    It is made under the lock on the queue: a `dispatch` elsewhere cannot start it before it is known to have room.

    Args:
        fields: more top-level fields of `run.json`, as of `RunStore.create`.

    Raises:
        ConfigError: the network of the configuration cannot be built.
        RunError: the queue is full, or the folder cannot be written; then there is no new run.
    """
    with _held_to_create(store):
        _check_room(store)
        run_id = store.create(config, name=name, **fields)
    dispatch(store)
    return run_id


def submit_now(store: RunStore, config: ExperimentConfig, *, name: str = "", **fields: Any) -> tuple[str, Process]:
    """Like `submit`, but trained at once, without the queue; returns its id and its worker, which is the only one."""
    with _held_to_create(store):
        run_id = store.create(config, name=name, **fields)
        return run_id, launch(store, run_id)


def enqueue(store: RunStore, run_id: str) -> None:
    """Add a run that is there to the queue and start it if there is a free place. For a new run: `submit`.

    A run that has never been trained is stopped if the queue is full, so that it does not start by itself.

    Raises:
        RunError: the queue is full, or the run is being trained.
    """
    with _held_if_idle(store, run_id):
        try:
            _check_room(store, run_id)
        except RunError:
            if store.get(run_id).status is RunStatus.QUEUED:  # one that has been trained keeps its status
                store.set(run_id, status=RunStatus.STOPPED.value)
            raise
        store.update(run_id, _to_queue)
    dispatch(store)


def _to_queue(document: dict[str, Any]) -> None:
    document["status"] = RunStatus.QUEUED.value
    document.pop("cluster_task", None)  # wherever it was before


def _check_room(store: RunStore, run_id: str | None = None) -> None:
    """Whether there is room for a new run, or for one that may be queued already."""
    if sum(run.run_id != run_id for run in queued(store)) >= MAX_QUEUED:
        raise RunError(f"The queue is full. Expected at most {MAX_QUEUED} queued runs. Cancel some first.")


def dispatch(store: RunStore, executor: Executor | None = None) -> tuple[Started, ...]:
    """Start queued runs while there are free places; returns the started workers.

    Args:
        executor: where to train them; by default as the environment says.
    """
    started: list[Started] = []
    executor = executor or chosen_executor()
    if not store.root.is_dir():
        return ()
    with exclusive(_lock(store)):
        for each in _sharing(store):
            each.index.look()  # the holder before may have started a run
            executor.settle(each)
        places = _places(store, executor)
        free = executor.places(read_settings(store).parallel) - sum(place.taken for place in places)
        for each, run in in_turn(places):
            if len(started) >= free:
                break
            with contextlib.suppress(MnistCoreError, OSError):  # a run that cannot start must not block the others
                started.append(executor.start(each, run.run_id))
                if (folder := sharing_folder(each)) is not None:
                    note_turn(folder, each)
    return tuple(started)


# Actions on a run in any status --------------------------------------------------------------------------------------


def stop(store: RunStore, run_id: str, *, name: str | None = None, may_kill: bool = True) -> str:
    """Stop a run, or cancel a queued one; returns a sentence on what happens.

    Args:
        name: what the sentence calls the run; its id if left out.
        may_kill: whether a worker that has not obeyed an earlier request for a while is killed, and so loses its epoch.
    """
    folder = store.folder(run_id)
    name = name or f"Run {run_id}"
    with exclusive(_lock(store)):  # or it could be started between the check and the change
        run = store.get(run_id)
        if not store.is_worked_on(run_id):
            return _stop_waiting(store, run, name)
    if may_kill and has_ignored_stop(folder):
        return _stop_by_force(store, run_id, name)
    request_stop(folder)
    return f"{name} is stopping; it saves a checkpoint first."


def _stop_waiting(store: RunStore, run: RunRecord, name: str) -> str:
    if run.status in (RunStatus.QUEUED, RunStatus.PAUSED):
        store.set(run.run_id, status=RunStatus.STOPPED.value)
        return f"{name} was removed from the queue."
    return f"{name} is not training. Its status is {run.status}."


def _stop_by_force(store: RunStore, run_id: str, name: str) -> str:
    """Kill a hanging worker. Its last checkpoint is kept."""
    process = holder(store.folder(run_id))
    if process is None:
        return f"{name} has a worker that does not respond, that is not on this machine. Stop it where it runs."
    process.kill()
    with contextlib.suppress(psutil.Error):
        process.wait(5)
    clear_requests(store.folder(run_id))
    store.set(run_id, status=RunStatus.STOPPED.value)
    dispatch(store)  # a worker that ends normally does this itself
    return f"{name} had a worker that did not respond, which was killed. The last checkpoint is kept."


def pause(store: RunStore, run_id: str) -> None:
    """Pause a training run; it saves a checkpoint first and frees the cores."""
    if not store.is_worked_on(run_id):
        raise RunError(f"Run {run_id} is not training. Its status is {store.get(run_id).status}.")
    request_pause(store.folder(run_id))


def is_paused(store: RunStore, run_id: str) -> bool:
    """Whether a worker waits to go on, and nobody has asked it to."""
    return store.get(run_id).status is RunStatus.PAUSED and is_asked_to_pause(store.folder(run_id))


def resume(store: RunStore, run_id: str, adjustments: Adjustments = NO_CHANGE) -> None:
    """Resume a run through the queue: one that is paused, stopped, failed or interrupted, or completed and has more
    epochs now.

    Raises:
        RunError: the run is training already, or has trained all its epochs.
    """
    if _released(store, run_id, adjustments):
        return
    with _held_if_idle(store, run_id):
        _check_room(store, run_id)
        _prepare(store, run_id, adjustments)
        store.update(run_id, _to_queue)
    dispatch(store)


def resume_now(store: RunStore, run_id: str, adjustments: Adjustments = NO_CHANGE) -> Process | None:
    """Like `resume`, but at once, without the queue; returns the worker, or None if a paused one was resumed."""
    if _released(store, run_id, adjustments):
        return None
    _prepare(store, run_id, adjustments)
    return launch(store, run_id)


def _released(store: RunStore, run_id: str, wanted: Adjustments) -> bool:
    """Whether a paused worker was resumed, with the adjustments."""
    folder = store.folder(run_id)  # raises if there is no such run, or no folder of runs
    checked(wanted)
    with exclusive(_lock(store)):
        store.index.look()
        run = store.get(run_id)
        if not store.is_worked_on(run_id):
            return False
        if run.status is not RunStatus.PAUSED:
            raise RunLockedError(f"Run {run_id} is being trained already.")
        _check_epochs_left(run, wanted)
        needs_place = is_asked_to_pause(folder) and not run.cluster_task  # otherwise it still has its place
        if needs_place and read_settings(store).parallel <= sum(LOCAL.taken(each) for each in _sharing(store)):
            raise RunError("Another run is training. Wait for it, pause it, or allow more parallel runs.")
        if wanted != NO_CHANGE:
            request_adjustments(folder, wanted)
        release_pause(folder)
    return True


def _prepare(store: RunStore, run_id: str, wanted: Adjustments) -> None:
    """Store the adjustments, if there are epochs left to train."""
    run = store.get(run_id)
    if run.is_imported:
        raise RunError(f"Run {run_id} was imported without its optimizer. Train a new run with its settings.")
    done = run.summary.epochs_done
    if run.status is RunStatus.COMPLETED or (wanted.epochs or 0) > done:
        wanted = replace(wanted, patience_from=done)  # more epochs than early stopping allowed are requested
    _check_epochs_left(run, wanted)
    keep(store, run_id, wanted)


def _check_epochs_left(run: RunRecord, wanted: Adjustments) -> None:
    """Whether a run has not trained more epochs than it is to have, or for a completed one, as many."""
    done, epochs = run.summary.epochs_done, wanted.epochs or run.epochs
    if epochs < done or (epochs == done and run.status is RunStatus.COMPLETED):
        raise RunError(f"Run {run.run_id} has trained {done} of {epochs} epochs. Set more total epochs to resume it.")


def _lock(store: RunStore) -> Path:
    """The lock on the queue, one for all who share its places."""
    return (sharing_folder(store) or store.root) / LOCK


@contextlib.contextmanager
def _held_to_create(store: RunStore) -> Iterator[None]:
    """Hold the lock on the queue, in a folder of runs that is made if it is missing."""
    with contextlib.ExitStack() as held:
        try:
            store.root.mkdir(parents=True, exist_ok=True)
            held.enter_context(exclusive(_lock(store)))
        except OSError as error:
            raise unsaved(store.root, error) from error
        store.index.look()
        yield


@contextlib.contextmanager
def _held_if_idle(store: RunStore, run_id: str) -> Iterator[None]:
    """Hold the lock on the queue, so that nobody starts the run meanwhile.

    Raises:
        RunLockedError: a worker has it already.
    """
    store.folder(run_id)  # raises if there is no such run, or no folder of runs
    with exclusive(_lock(store)):
        store.index.look()
        if store.is_worked_on(run_id):
            raise RunLockedError(f"Run {run_id} is being trained already.")
        yield


def _sharing(store: RunStore) -> tuple[RunStore, ...]:
    """The stores that share places with this one, itself among them."""
    folder = sharing_folder(store)
    return (store,) if folder is None else stores_in(folder)


def _places(store: RunStore, executor: Executor) -> list[Place]:
    """What each of the stores that share places has of them, and the runs that wait."""
    folder = sharing_folder(store)
    known = {} if folder is None else turns(folder)
    return [
        Place(
            store=each,
            taken=executor.taken(each),
            waiting=queued(each),
            last_turn=known.get(each.root.name, 0),
        )
        for each in _sharing(store)
    ]


def _write(store: RunStore, settings: QueueSettings) -> None:
    write_json(store.root / "queue.json", {"parallel": settings.parallel, "order": list(settings.order)})
