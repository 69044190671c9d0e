"""What a tuner does, and requests to it: small files in the folder of its study, as for a worker."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mnist_core import processes
from mnist_core.errors import StudyError
from mnist_core.fields import to_dict
from mnist_core.files import write_bytes, write_json
from mnist_core.locks import is_locked, try_lock

STOP = "stop"
PAUSE = "pause"
MAX_TUNERS = 8
START_SECONDS = 20.0
"""A tuner that has not taken its lock after this time has failed to start."""


class Doing(StrEnum):
    """What a study does."""

    NEW = "new"  # no tuner has searched it yet
    STARTING = "starting"
    SEARCHING = "searching"
    PAUSING = "pausing"  # asked to, and not paused yet
    PAUSED = "paused"
    WAITING = "waiting"  # for its database, which cannot be reached; see the reason
    REPEATING = "repeating"  # the finalists are trained again
    STOPPING = "stopping"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"  # its tuner died
    DONE = "done"
    FAILED = "failed"  # see the reason

    @property
    def is_active(self) -> bool:
        """True while a tuner is at work, or about to be."""
        return self in (
            Doing.STARTING, Doing.SEARCHING, Doing.PAUSING, Doing.PAUSED, Doing.WAITING, Doing.REPEATING,
            Doing.STOPPING,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyState:
    """What a study does, how long it has searched in all, and why it ended."""

    doing: Doing = Doing.NEW
    seconds: float = 0.0
    reason: str = ""


def write_state(folder: Path, state: StudyState) -> None:
    """Store what the tuner does."""
    write_json(folder / "state.json", to_dict(state))


def read_state(folder: Path) -> StudyState:
    """What a study does now: active only if a tuner holds a lock."""
    stored = _stored(folder)
    if not is_tuned(folder):
        if _is_starting(folder):
            return StudyState(doing=Doing.STARTING, seconds=stored.seconds)
        is_broken_off = stored.doing.is_active
        return StudyState(
            doing=Doing.INTERRUPTED if is_broken_off else stored.doing, seconds=stored.seconds, reason=stored.reason
        )
    if (folder / STOP).exists():
        return StudyState(doing=Doing.STOPPING, seconds=stored.seconds)
    if (folder / PAUSE).exists() and stored.doing is not Doing.PAUSED:
        return StudyState(doing=Doing.PAUSING, seconds=stored.seconds)
    return stored if stored.doing.is_active else StudyState(doing=Doing.STARTING, seconds=stored.seconds)


def is_tuned(folder: Path) -> bool:
    """Whether a tuner is at work on this machine."""
    return any(is_locked(lock_of(folder, place)) for place in range(MAX_TUNERS))


def lock_of(folder: Path, place: int = 0) -> Path:
    """The file that a tuner holds a lock on, for each of the places that tuners of a study have."""
    return folder / f"tuner-{place}.lock"


@contextlib.contextmanager
def tuner_place(folder: Path) -> Iterator[None]:
    """Hold the lock that shows that a tuner is at work; the last one to let go takes all requests back.

    Raises:
        StudyError: too many tuners are at work.
    """
    for place in range(MAX_TUNERS):
        lock = try_lock(lock_of(folder, place), patience_seconds=0.1)
        if lock is not None:
            try:
                (folder / "starting").unlink(missing_ok=True)
                yield
            finally:
                os.close(lock)
                if not is_tuned(folder):  # else another tuner may not have seen them, and would start the runs again
                    release(folder)
            return
    raise StudyError(f"Too many tuners are at work on this study. Expected at most {MAX_TUNERS}.")


def start_tuner(folder: Path) -> None:
    """Start a tuner as a process of its own, or let one that is paused go on.

    Raises:
        StudyError: the process cannot be started.
    """
    try:
        release(folder)
        if not is_tuned(folder):
            write_bytes(folder / "starting", b"")
            processes.start("mnist_core.tuning.process", str(folder), log=folder / "tuner.log", is_log_kept=True)
    except OSError as error:
        raise StudyError(f"The search could not be started in {folder}: {error.strerror}.") from error


def request_stop(folder: Path) -> None:
    """Ask the tuner to stop: trials in training save a checkpoint, and go on when the search does."""
    write_bytes(folder / STOP, b"")


def request_pause(folder: Path) -> None:
    """Ask the tuner to pause its trials."""
    write_bytes(folder / PAUSE, b"")


def release(folder: Path) -> None:
    """Take all requests back."""
    for name in (STOP, PAUSE):
        (folder / name).unlink(missing_ok=True)


def _stored(folder: Path) -> StudyState:
    try:
        values = json.loads((folder / "state.json").read_bytes())
        return StudyState(
            doing=Doing(values["doing"]), seconds=float(values["seconds"]), reason=str(values.get("reason") or "")
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return StudyState()


def _is_starting(folder: Path) -> bool:
    try:
        return time.time() - (folder / "starting").stat().st_mtime < START_SECONDS
    except OSError:
        return False
