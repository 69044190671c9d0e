"""The file that an export is written to: complete under its name, or not there at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mnist_core.errors import ExportError, shown
from mnist_core.files import sync_folder

DRAFT_PREFIX = ".export-"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FULL_BYTES = 1 << 16
"""With less free space than this, a failure to write is taken to be the full disk's."""


def output_path(output: Path, *, ending: str, suggested: str, overwrite: bool = False) -> Path:
    """Where a file is to be written; `suggested` in it if `output` is a folder.

    Raises:
        ExportError: it is there already, or has another ending, or its folder is not there or cannot be written.
    """
    path = output.expanduser().absolute()
    if path.is_dir():
        path /= suggested
    folder = path.parent
    if not path.name.endswith(ending) or path.name == ending:
        raise ExportError(f"The file needs another name. Expected one that ends in {ending}. Received: {path.name}.")
    if not folder.is_dir():
        raise ExportError(f"There is no folder {folder} to write {path.name} to.")
    if path.is_dir() or (os.path.lexists(path) and not overwrite):
        raise _exists(path)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"The folder {folder} cannot be written.")
    return path


@contextlib.contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` to prepare its content in; gone at the end, whatever happens.

    Beside it, since only within a disk can a finished file be renamed, and what does not fit is found out there.

    Raises:
        ExportError: it cannot be made, or the disk is full.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=path.parent))
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield folder
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish_text(path: Path, content: str, *, overwrite: bool) -> None:
    """Write a text file, complete or not at all.

    Raises:
        ExportError: it cannot be written.
    """
    with draft_folder(path) as folder:
        draft = folder / "draft"
        draft.write_text(content, encoding="utf-8")
        publish(draft, path, overwrite=overwrite)


def publish(draft: Path, path: Path, *, overwrite: bool) -> None:
    """Give a finished file its name, durably and at once.

    Raises:
        ExportError: a file of that name has appeared meanwhile, and is not to be overwritten.
        OSError: it cannot be written.
    """
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if overwrite:
        os.replace(draft, path)
    else:
        try:
            os.link(draft, path)  # unlike a rename, it does not replace what is there
        except FileExistsError:
            raise _exists(path) from None
    sync_folder(path.parent)


def cannot_write(path: Path, error: OSError) -> ExportError:
    """The sentence for a file that could not be written."""
    if error.errno in NO_SPACE or is_full(path.parent):
        return ExportError(f"The disk is full: {path.name} could not be written to {path.parent}. Make room there.")
    return ExportError(f"{path.name} could not be written to {path.parent}: {error.strerror or shown(str(error))}.")


def _exists(path: Path) -> ExportError:
    return ExportError(f"{path} exists already. Choose another name, or overwrite it on purpose (--overwrite).")


def is_full(folder: Path) -> bool:
    """Whether hardly anything more fits on the disk of a folder."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free < FULL_BYTES
    return False
