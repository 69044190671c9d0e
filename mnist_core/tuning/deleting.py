"""A study is deleted as a run is: its record goes into the bin, and comes back from there until the bin is emptied.

    <runs>/.bin/studies/deleted.<when>-<random>/<name>/   the record of a deleted study
    <the record>/deleted.json                             {"run_ids": [...]}: the runs that went into the bin with it

Each deletion has a folder of its own, so that an earlier study of the same name stays in the bin with its runs. The
list is written first and the record moved last: after a kill in between, the study is still there, and deleting it
again goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_core.errors import RunError, StudyError, StudyNotFoundError
from mnist_core.files import move, sync, write_json
from mnist_core.locks import try_lock
from mnist_core.runs import bin as bins
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.tuning.control import lock_of, read_state
from mnist_core.tuning.study import read_study, study_folder
from mnist_core.tuning.trials import runs_naming, runs_of

FILE = "deleted.json"


def delete_study(store: RunStore, name: str, *, with_runs: bool) -> tuple[str, ...]:
    """Move a study into the bin, also a damaged one; returns the runs that went there with it.

    Args:
        with_runs: whether its runs, trials and finalists, go into the bin too; else they stay as they are.

    Raises:
        ConfigError: the name may not become part of a path.
        StudyNotFoundError: there is none of that name.
        StudyError: it is searching, one of its runs is being trained, or the record cannot be moved.
    """
    folder = study_folder(store.root, name)
    if not folder.is_dir():
        raise StudyNotFoundError(f"There is no study `{name}` in {folder.parent}.")
    with _as_study_error(f"The study `{name}` could not be deleted"), _held(folder, name):
        runs = [run.run_id for run in _runs_of(store, name)] if with_runs else []
        for run_id in runs:
            if store.is_worked_on(run_id):
                raise StudyError(f"Run {run_id} of the study `{name}` is being trained. Stop it before it is deleted.")
        gone = tuple(dict.fromkeys([*_listed(folder), *runs]))
        write_json(folder / FILE, {"run_ids": list(gone)})
        for run_id in runs:
            bins.delete(store, run_id)
        move(folder, _new_place(store, name))
    return gone


def restore_study(store: RunStore, name: str) -> tuple[str, ...]:
    """Move a study back from the bin, with the runs that went there with it; returns those.

    Of several with this name, the one that was deleted last.

    Raises:
        ConfigError: the name may not become part of a path.
        StudyNotFoundError: it is not in the bin.
        StudyError: there is one of that name again, or something cannot be moved.
    """
    folder, in_bin = study_folder(store.root, name), _in_bin(store, name)
    if not in_bin:
        raise StudyNotFoundError(f"There is no study `{name}` in the bin.")
    if folder.exists():
        raise StudyError(f"There is a study `{name}` again. Delete it first, or leave the other one in the bin.")
    with _as_study_error(f"The study `{name}` could not be restored"):
        study, deleted_runs = in_bin[0], set(bins.bin_of(store).run_ids())
        gone = tuple(run_id for run_id in _listed(study.folder) if run_id in deleted_runs)
        for run_id in gone:
            bins.restore(store, run_id)
        folder.parent.mkdir(exist_ok=True)
        (study.folder / FILE).unlink(missing_ok=True)
        move(study.folder, folder)
        if study.place != study.folder:
            study.place.rmdir()
    return gone


def left_in_bin(store: RunStore, name: str) -> str:
    """After a study was restored, a sentence on others of its name in the bin; empty if there is none."""
    n = len(_in_bin(store, name))
    others = "An older one of that name is" if n == 1 else f"{n:,} older ones of that name are"
    return f"{others} still in the bin." if n else ""


def _runs_of(store: RunStore, name: str) -> tuple[RunRecord, ...]:
    """The runs of a study; of one that cannot be read, all that name it."""
    try:
        return runs_of(store, read_study(store.root, name))
    except StudyError:
        return runs_naming(store, name)


def _listed(folder: Path) -> tuple[str, ...]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        return tuple(str(run_id) for run_id in json.loads((folder / FILE).read_bytes())["run_ids"])
    return ()


def _in_bin(store: RunStore, name: str) -> tuple[bins.DeletedStudy, ...]:
    """The studies of this name in the bin, the last deleted one first."""
    _bin_of_studies(store)
    return tuple(study for study in bins.deleted_studies(store) if study.name == name)


def _new_place(store: RunStore, name: str) -> Path:
    """Where the record of a study goes in the bin."""
    studies = _bin_of_studies(store)
    place = studies / f"{bins.DELETION}{time.time_ns()}-{os.urandom(3).hex()}"
    place.mkdir(parents=True)
    sync(studies)
    return place / name


def _bin_of_studies(store: RunStore) -> Path:
    folder = bins.bin_of(store).root / bins.STUDIES
    if folder.is_symlink():
        raise StudyError(f"The bin of studies, {folder}, is a link. Expected a folder.")
    return folder


@contextlib.contextmanager
def _held(folder: Path, name: str) -> Iterator[None]:
    """Hold the first place of a tuner, while no other place is taken."""
    is_active = read_state(folder).doing.is_active
    lock = None if is_active else try_lock(lock_of(folder), patience_seconds=0.1)
    try:
        if lock is None:
            raise StudyError(f"The study `{name}` is searching. Stop it before it is deleted.")
        yield
    finally:
        if lock is not None:
            os.close(lock)


@contextlib.contextmanager
def _as_study_error(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StudyError(f"{what}: {error.strerror or error}.") from error
    except RunError as error:
        raise StudyError(f"{what}. {error}") from error
