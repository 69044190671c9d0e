"""The file or folder that an export is written to: complete under its name, or not there at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from mnist_core.errors import ExportError, shown
from mnist_core.files import NO_LINKS, sync

DRAFT_PREFIX = ".mnist-studio-export-"
"""Long, so that no folder of a person is taken for a draft and swept away."""
DRAFT_SECONDS = 86_400.0
"""A draft that is older is what a killed export has left."""
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
        raise exists(path)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"The folder {folder} cannot be written.")
    return path


@contextlib.contextmanager
def output_folder(output: Path) -> Iterator[Path]:
    """The folder that something is put into; it is made if it is not there, and is gone again if it stays empty.

    Raises:
        ExportError: it is a file, or cannot be made or written.
    """
    folder = output.expanduser().absolute()
    if not folder.is_dir() and os.path.lexists(folder):
        raise ExportError(f"{folder} is a file. Expected a folder.")
    if not folder.parent.is_dir():
        raise ExportError(f"There is no folder {folder.parent} to make {folder.name} in.")
    try:
        is_ours = not folder.is_dir()
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(f"The folder {folder} cannot be written.")
    try:
        yield folder
    finally:
        if is_ours:
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """A folder beside `path` to prepare its content in; gone at the end, whatever happens.

    Beside it, since only within a disk can a finished file be renamed, and what does not fit is found out there.

    Raises:
        ExportError: it cannot be made, or the disk is full.
    """
    try:
        _sweep_drafts(path.parent)
        folder = Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=path.parent))
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        yield folder
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep_drafts(folder: Path) -> None:
    for draft in folder.glob(f"{DRAFT_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - draft.lstat().st_mtime > DRAFT_SECONDS:
                shutil.rmtree(draft)


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
    sync(draft)
    if overwrite:
        os.replace(draft, path)
    else:
        try:
            os.link(draft, path)  # unlike a rename, it does not replace what is there
        except FileExistsError:
            raise exists(path) from None
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            if os.path.lexists(path):
                raise exists(path) from None
            os.rename(draft, path)
    sync(path.parent)


def publish_folder(draft: Path, path: Path, *, overwrite: bool) -> None:
    """Give a finished folder its name, durably and at once; one that it replaces is moved beside the draft.

    Raises:
        ExportError: something of that name is there, and is not to be overwritten.
        OSError: it cannot be written; a folder that it should have replaced is where it was.
    """
    for item in (*draft.rglob("*"), draft):
        sync(item)
    replaced = draft.with_name("replaced")
    if overwrite and os.path.lexists(path):
        os.rename(path, replaced)
    try:
        os.rename(draft, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.rename(replaced, path)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise exists(path) from None
        raise
    sync(path.parent)


def cannot_write(path: Path, error: OSError) -> ExportError:
    """The sentence for a file that could not be written."""
    # Libraries raise errors without a number for a full disk; a number that says something else is right.
    if error.errno in NO_SPACE or (not error.errno and is_full(path.parent)):
        return ExportError(f"The disk is full: {path.name} could not be written to {path.parent}. Make room there.")
    return ExportError(f"{path.name} could not be written to {path.parent}: {error.strerror or shown(str(error))}.")


def exists(path: Path) -> ExportError:
    """The sentence for a name that is taken."""
    return ExportError(f"{path} exists already. Choose another name, or overwrite it on purpose (--overwrite).")


def is_full(folder: Path) -> bool:
    """Whether hardly anything more fits on the disk of a folder."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free < FULL_BYTES
    return False
