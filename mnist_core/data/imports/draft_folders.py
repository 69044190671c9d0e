"""The folders of drafts: `<data folder>/imported/.draft-<random>`, each locked by the process that opened it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_core.data.cache import is_read_only
from mnist_core.data.imports.store import FOLDER
from mnist_core.errors import DatasetError
from mnist_core.locks import is_locked

PREFIX = ".draft-"
LOCK = "lock"
MAX_AGE_SECONDS = 24 * 3600.0
"""A draft that nobody has read again for so long is removed, even if the process that opened it still runs."""

_OPEN: dict[Path, int] = {}
"""The drafts that this process has opened, each with the descriptor that holds its lock."""


def new_draft_folder(data_folder: Path) -> Path:
    """A new draft, which `sweep_drafts` leaves alone as long as this process lives.

    Raises:
        DatasetError: it cannot be created.
    """
    if is_read_only(data_folder):
        raise DatasetError(f"The files cannot be stored: the folder {data_folder} is read-only.")
    root = data_folder / FOLDER
    try:
        sweep_drafts(data_folder)
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root):  # no sweep sees it before it is locked
            folder = Path(tempfile.mkdtemp(dir=root, prefix=PREFIX))
            descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        raise DatasetError(f"The files cannot be stored: {error.strerror or error}.") from error
    _OPEN[folder] = descriptor
    return folder


def discard_draft(draft_folder: Path) -> None:
    """Remove a draft; nothing happens if it is gone."""
    shutil.rmtree(draft_folder, ignore_errors=True)
    descriptor = _OPEN.pop(draft_folder, None)
    if descriptor is not None:
        os.close(descriptor)


def sweep_drafts(data_folder: Path) -> None:
    """Remove the drafts that killed processes left, and those that nobody has read for a day."""
    root = data_folder / FOLDER
    if not root.is_dir():
        return
    with _locked(root):
        for folder in root.glob(f"{PREFIX}*"):
            if not is_locked(folder / LOCK) or _age_seconds(folder) > MAX_AGE_SECONDS:
                discard_draft(folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder itself, which leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _age_seconds(folder: Path) -> float:
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return 0.0
