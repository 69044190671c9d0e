"""The cache of computed files on disk: its folder, and when a file is out of date."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from mnist_core.environment import user_cache_folder
from mnist_core.files import write_bytes

WRITE_BITS = 0o222


def cache_folder(data_folder: Path) -> Path | None:
    """The folder for computed files, created if needed; None if nothing can be written.

    It is `<data_folder>/cache`, or, if the data folder is read-only, a folder for this data folder in
    `$XDG_CACHE_HOME/mnist-studio` (`~/.cache/mnist-studio`). Everything in it can be deleted at any time.
    """
    places = [user_cache_folder() / hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:12]]
    if not is_read_only(data_folder):
        places.insert(0, data_folder / "cache")
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if not is_read_only(place):
            return place
    return None


def is_read_only(folder: Path) -> bool:
    """Whether an existing folder is read-only; one without any write bit counts as read-only for root too."""
    if not folder.exists():
        return False
    return not folder.stat().st_mode & WRITE_BITS or not os.access(folder, os.W_OK)


def fingerprint(files: Iterable[Path]) -> str:
    """A digest of paths, sizes and modification times, which changes when one of the files is replaced.

    Raises:
        OSError: one of them is missing.
    """
    digest = hashlib.sha256()
    for path in files:
        state = path.stat()
        digest.update(os.fsencode(path.absolute()))  # a name need not be UTF-8
        digest.update(f"\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def keep(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Replace `path` by the output of `write`; it can be computed again, so a full or read-only disk is no error."""
    content = io.BytesIO()
    write(content)
    with contextlib.suppress(OSError):
        write_bytes(path, content.getbuffer())
