"""Atomic writing of files: to a temporary name in the same folder, synced, renamed."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

TEMPORARY_SUFFIX = ".tmp"
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
"""What a system answers that has no second names for a file, such as a USB stick with exFAT."""


def write_bytes(path: Path, content: bytes | memoryview, *, last_look: Callable[[], object] | None = None) -> None:
    """Replace `path` by `content`, atomically and durably.

    Args:
        last_look: called when all is written but for the rename, which it can prevent by raising an error. Writing can
            take minutes on a network file system that does not answer.

    Raises:
        OSError: disk full, read-only and so on; the old file is then unchanged, and no temporary file is left.
    """
    temporary = _temporary(path)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if last_look is not None:
            last_look()
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_all(descriptor: int, content: bytes | memoryview) -> None:
    """Write all of `content`; on a nearly full disk one call may write only a part."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by a JSON document; NaN is an error."""
    write_bytes(path, json.dumps(value, allow_nan=False, indent=1).encode() + b"\n")


def write_arrays(
    path: Path, arrays: Mapping[str, np.ndarray], *, last_look: Callable[[], object] | None = None
) -> None:
    """Replace `path` by an npz file of named arrays; `last_look` as in `write_bytes`."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getbuffer(), last_look=last_look)


def keep_as(path: Path, kept: Path) -> None:
    """Keep the content of `path` under a second name, which is replaced: linked, or copied where it cannot be."""
    temporary = _temporary(kept)
    try:
        try:
            os.link(path, temporary)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            shutil.copyfile(path, temporary)
            sync(temporary)
        os.replace(temporary, kept)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def move(source: Path, target: Path) -> None:
    """Rename a file or a folder, durably.

    Raises:
        OSError: `target` is a folder with content, is on another disk and so on; nothing is moved then.
    """
    os.rename(source, target)
    for folder in (target.parent, source.parent):
        sync(folder)


def _temporary(path: Path) -> Path:
    """A unique name: several threads may write the same file, and process ids are reused."""
    return path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}{TEMPORARY_SUFFIX}")


def sync(path: Path) -> None:
    """Make the content of a file durable, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def n_bytes_of(path: Path) -> int:
    """The size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def sweep_temporaries(folder: Path) -> None:
    """Remove temporary files of killed writers in `folder` and one level below; the caller must be the only writer."""
    for path in [*folder.glob(f".*{TEMPORARY_SUFFIX}"), *folder.glob(f"*/.*{TEMPORARY_SUFFIX}")]:
        with contextlib.suppress(OSError):
            path.unlink()
