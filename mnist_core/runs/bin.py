"""The bin: deleted runs, which can be restored until it is emptied.

    <root>/.bin/<run_id>            a deleted run, whole
    <root>/.bin/.emptied-<run_id>   one that is being removed for good
    <root>/.bin/studies/            the records of deleted studies: `deleted.<when>-<random>/<name>`

Deleting and restoring rename one directory, which happens at once or not at all. Emptying renames it too before the
first of its files is removed. So after a kill at any moment, a run is whole in the table, whole in the bin, or gone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_core.errors import RunError, RunNotFoundError
from mnist_core.files import move
from mnist_core.locks import try_lock
from mnist_core.runs.record import RunStatus, is_run_id, readable
from mnist_core.runs.store import RunStore

BIN = ".bin"
EMPTIED = ".emptied-"
STUDIES = "studies"
"""The folder of deleted studies in the bin; emptied with it."""
DELETION = "deleted."
"""How the folder of one deletion begins; no study can be called so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletedStudy:
    """A study in the bin; another one may have the same name.

    Attributes:
        folder: its record.
    """

    name: str
    folder: Path

    @property
    def place(self) -> Path:
        """What is removed with it: the folder of its deletion; the record alone of one that was deleted long ago."""
        return self.folder.parent if self.folder.parent.name.startswith(DELETION) else self.folder


def bin_of(store: RunStore) -> RunStore:
    """The deleted runs; they can be listed and read like any others.

    Raises:
        RunError: the bin is a link, which could lead out of the folder.
    """
    folder = store.root / BIN
    if folder.is_symlink():
        raise RunError(f"The bin {folder} is a link. Expected a folder, so that deleted runs stay beside the others.")
    return RunStore(folder)


def check_can_be_deleted(store: RunStore, run_id: str) -> None:
    """Whether a run can be moved into the bin, before others are.

    Raises:
        RunNotFoundError: there is no such run; a link is none.
        RunError: it is being trained, or the bin has a run of that id.
    """
    _check_is_free(bin_of(store).root / store.folder(run_id).name)
    if store.is_worked_on(run_id):
        raise _is_trained(run_id)


def delete(store: RunStore, run_id: str) -> None:
    """Move a run into the bin; a queued one leaves the queue. A damaged run can be deleted too.

    Raises:
        RunNotFoundError: there is no such run; a link is none.
        RunError: it is being trained, or cannot be moved.
    """
    folder, deleted = store.folder(run_id), bin_of(store)
    with _held(folder, run_id), _as_run_error(f"Run {run_id} could not be deleted"):
        _leave_queue(store, run_id)
        deleted.root.mkdir(exist_ok=True)
        _move(folder, deleted.root / run_id)
    _noted(store, deleted, run_id)


def check_can_be_restored(store: RunStore, run_id: str) -> None:
    """Whether a run can be moved back from the bin, before others are.

    Raises:
        RunNotFoundError: it is not in the bin.
        RunError: there is a run of that id among the others.
    """
    _check_is_free(store.root / _in_bin(store, run_id).name)


def restore(store: RunStore, run_id: str) -> None:
    """Move a run from the bin back to the others.

    Raises:
        RunNotFoundError: it is not in the bin.
        RunError: it cannot be moved.
    """
    folder = _in_bin(store, run_id)
    with _as_run_error(f"Run {run_id} could not be restored"):
        _move(folder, store.root / run_id)
    _noted(store, bin_of(store), run_id)


def _in_bin(store: RunStore, run_id: str) -> Path:
    """The directory of a deleted run."""
    try:
        return bin_of(store).folder(run_id)
    except RunNotFoundError:
        raise RunNotFoundError(f"There is no run `{readable(str(run_id), 60)}` in the bin.") from None


def empty(store: RunStore, *run_ids: str) -> int:
    """Remove deleted runs for good, those named, or all with all deleted studies; returns how many runs.

    Raises:
        RunError: the bin is a link, or a file cannot be removed. What was removed before is gone.
    """
    if run_ids:
        return remove(store, run_ids, ())
    n_runs = remove(store, bin_of(store).run_ids(), ())
    with _as_run_error("The bin could not be emptied"):
        folder = bin_of(store).root / STUDIES
        if folder.is_symlink() or folder.is_dir():  # with what a killed process has left in there
            _remove(folder)
    return n_runs


def remove(store: RunStore, run_ids: Collection[str], studies: Collection[DeletedStudy]) -> int:
    """Remove these deleted runs and studies for good, and nothing that was deleted since they were listed.

    Links in them are removed, not followed.

    Returns:
        How many of the runs were in the bin.

    Raises:
        RunError: the bin is a link, or a file cannot be removed. What was removed before is gone.
    """
    deleted = bin_of(store)
    wanted = [run_id for run_id in deleted.run_ids() if run_id in run_ids]
    with _as_run_error("The bin could not be emptied"):
        for run_id in wanted:
            os.rename(deleted.root / run_id, deleted.root / f"{EMPTIED}{run_id}")
            deleted.index.note(run_id)
        for study in deleted_studies(store):
            if study in studies:
                _remove(study.place)
        for remains in deleted.root.glob(f"{EMPTIED}*"):  # those of an earlier, interrupted call too
            _remove(remains)
    return len(wanted)


def deleted_studies(store: RunStore) -> tuple[DeletedStudy, ...]:
    """The studies in the bin by name, of those with the same name the last deleted one first.

    None if their folder is a link.

    Raises:
        RunError: the bin is a link.
    """
    folder = bin_of(store).root / STUDIES
    if folder.is_symlink() or not folder.is_dir():
        return ()
    places = sorted((place for place in folder.iterdir() if place.is_dir()), reverse=True)
    deletions = [place for place in places if place.name.startswith(DELETION)]
    records = [record for place in deletions for record in place.iterdir() if record.is_dir()]
    records += [place for place in places if place not in deletions]  # as studies were deleted before each had its own
    found = (DeletedStudy(name=record.name, folder=record) for record in records)
    return tuple(sorted(found, key=lambda study: study.name))


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def _move(source: Path, target: Path) -> None:
    _check_is_free(target)
    move(source, target)


def _check_is_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise RunError(f"There is a run {target.name} in {target.parent} already.")


def _leave_queue(store: RunStore, run_id: str) -> None:
    """Restored, a run should not start by itself."""
    with contextlib.suppress(RunError):  # a damaged run is in no queue
        if store.get(run_id).status.is_active:
            store.set(run_id, status=RunStatus.STOPPED.value)


@contextlib.contextmanager
def _held(folder: Path, run_id: str) -> Iterator[None]:
    """Hold the lock of the worker, so that none starts on the run meanwhile.

    Raises:
        RunError: a worker holds it, or the directory cannot be written.
    """
    with _as_run_error(f"Run {run_id} could not be deleted"):
        lock = try_lock(folder / "lock")
    if lock is None:
        raise _is_trained(run_id)
    try:
        yield
    finally:
        os.close(lock)


def _is_trained(run_id: str) -> RunError:
    return RunError(f"Run {run_id} is being trained. Stop it before it is deleted.")


@contextlib.contextmanager
def _as_run_error(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{what}: {error.strerror or error}.") from error


def _noted(store: RunStore, deleted: RunStore, run_id: str) -> None:
    for one in (store, deleted):
        if is_run_id(run_id):
            one.index.note(run_id)
