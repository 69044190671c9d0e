"""Requests to a running worker: small files in the run directory, which it checks a few times a second.

Files work for any process that can access the directory, on this machine or on another, and outlive every server.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from enum import StrEnum
from pathlib import Path

import psutil

from mnist_core.errors import ConfigError
from mnist_core.files import write_bytes, write_json
from mnist_core.locks import is_locked
from mnist_core.runs.record import RunStatus, check_adjustments
from mnist_core.training.progress import Adjustments, Requests

STOP = "stop"
PAUSE = "pause"
ADJUST = "adjust.json"
STOP_PATIENCE_SECONDS = 10.0
"""A worker that has not obeyed a stop request for this long is killed at the next request."""


class Awaited(StrEnum):
    """A request that the worker of a run has received and not obeyed yet."""

    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"


def awaited(folder: Path, status: RunStatus) -> Awaited | None:
    """The request that a run with this status is about to obey; None if there is none."""
    if status not in (RunStatus.RUNNING, RunStatus.PAUSED):
        return None
    if is_asked_to_stop(folder):
        return Awaited.STOP
    if status is RunStatus.RUNNING:
        return Awaited.PAUSE if is_asked_to_pause(folder) else None
    is_released = not is_asked_to_pause(folder) and is_locked(folder / "lock")
    return Awaited.RESUME if is_released else None


def request_stop(folder: Path) -> None:
    """Request a checkpoint and the end of the training. A repeated request does not extend the time to obey."""
    if not is_asked_to_stop(folder):
        write_bytes(folder / STOP, b"")


def request_pause(folder: Path) -> None:
    """Request a checkpoint and a pause."""
    write_bytes(folder / PAUSE, b"")


def release_pause(folder: Path) -> None:
    """Resume a paused worker."""
    (folder / PAUSE).unlink(missing_ok=True)


def request_adjustments(folder: Path, wanted: Adjustments) -> None:
    """Request another learning rate or number of epochs.

    Raises:
        ConfigError: a value outside the allowed range of the setting.
    """
    write_json(folder / ADJUST, checked(read_adjustments(folder).merged(wanted)))


def checked(adjustments: Adjustments) -> dict[str, float | int | None]:
    """The adjustments in JSON's types, within the allowed ranges of the settings they replace."""
    check_adjustments(adjustments)
    return {name: getattr(adjustments, name) for name in Adjustments.__slots__}


def read_adjustments(folder: Path) -> Adjustments:
    """The last requested adjustments; none if the file is missing or not valid."""
    try:
        values = json.loads((folder / ADJUST).read_bytes())
        adjustments = Adjustments(epochs=values.get("epochs"), learning_rate=values.get("learning_rate"))
        checked(adjustments)
    except (OSError, ValueError, AttributeError, RecursionError, ConfigError):
        return Adjustments()
    return adjustments


def read_requests(folder: Path) -> Requests:
    """All present requests to the worker."""
    return Requests(
        stop=is_asked_to_stop(folder), pause=is_asked_to_pause(folder), adjustments=read_adjustments(folder)
    )


def is_asked_to_stop(folder: Path) -> bool:
    """True until the request is cleared."""
    return (folder / STOP).exists()


def is_asked_to_pause(folder: Path) -> bool:
    """True until a pause is released."""
    return (folder / PAUSE).exists()


def sign(lock: int) -> None:
    """Write id and start time of this process into the lock file; the id alone may be reused by another process."""
    process = psutil.Process()
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps({"pid": process.pid, "started": process.create_time()}).encode(), 0)


def holder(folder: Path) -> psutil.Process | None:
    """The process that holds the lock on a run directory; None if the lock is free or its holder is unknown."""
    if not is_locked(folder / "lock"):
        return None
    try:
        signed = json.loads((folder / "lock").read_bytes())
        process = psutil.Process(int(signed["pid"]))
        return process if abs(process.create_time() - float(signed["started"])) < 1 else None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def has_ignored_stop(folder: Path) -> bool:
    """True if a stop was requested so long ago that the worker must be hanging."""
    try:
        return time.time() - (folder / STOP).stat().st_mtime > STOP_PATIENCE_SECONDS
    except OSError:
        return False


def clear_requests(folder: Path) -> None:
    """Remove all requests; for the holder of the lock on the run directory."""
    for name in (STOP, PAUSE, ADJUST):
        with contextlib.suppress(OSError):
            (folder / name).unlink(missing_ok=True)
