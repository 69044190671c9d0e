"""Changing a file of a person in the folder of data sets: by one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_core.data.cache import is_read_only
from mnist_core.errors import DatasetError
from mnist_core.locks import exclusive


@contextmanager
def changing(folder: Path, path: Path, *, lock: str, what: str) -> Iterator[Path]:
    """The file, while nobody else changes it; its folder is made.

    Args:
        folder: the folder of data sets.
        lock: name of the lock beside the file.
        what: what is to be saved, as a sentence begins with it.

    Raises:
        DatasetError: the folder is read-only, or cannot be written.
    """
    if is_read_only(folder):
        raise DatasetError(f"{what} cannot be saved: the folder {folder} is read-only.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(path.parent / lock):
            yield path
    except OSError as error:
        raise DatasetError(f"{what} cannot be saved: {error.strerror or error}.") from error
