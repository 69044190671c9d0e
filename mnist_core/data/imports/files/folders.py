"""Files and folders on disk as the files of an import."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnist_core.data.imports.files.uploads import Upload, short_name, short_text
from mnist_core.data.imports.limits import MAX_FILES, MAX_IMPORT_BYTES
from mnist_core.errors import DatasetError


def uploads_from(paths: Sequence[Path]) -> list[Upload]:
    """The files at some paths, and all files in the folders among them, in the order of their names.

    Names keep the folders that tell the paths apart, such as train and test. Links to folders are not followed.

    Raises:
        DatasetError: nothing is there, or too much.
    """
    uploads: list[Upload] = []
    n_bytes = 0
    for path, name in zip(paths, _names(paths), strict=True):
        for upload, size in _files_at(path, name):
            uploads.append(upload)
            n_bytes += size
            if len(uploads) > MAX_FILES:
                raise DatasetError(f"There are too many files in {path.name}. Expected at most {MAX_FILES:,}.")
            if n_bytes > MAX_IMPORT_BYTES:
                raise DatasetError(
                    f"{short_name(upload.name)} is too large. Expected at most {MAX_IMPORT_BYTES:,} bytes in all files "
                    "together. Import a part of them."
                )
    if not uploads:
        raise DatasetError(f"There are no files in {', '.join(path.name for path in paths)}.")
    return uploads


def _names(paths: Sequence[Path]) -> list[str]:
    """The paths without the folders that hold all of them: these say nothing about one."""
    parts = [Path(os.path.abspath(path)).parts for path in paths]
    n_common = len(os.path.commonprefix([its[:-1] for its in parts]))
    return ["/".join(its[n_common:]) for its in parts]


def _files_at(path: Path, name: str) -> Iterator[tuple[Upload, int]]:
    """Files with their sizes; those of a folder have it as their archive."""
    try:
        if not path.is_dir():
            yield Upload(name=name, data=path), path.stat().st_size
            return
        for folder, folders, files in os.walk(path):
            folders.sort()
            for file in sorted(files):
                place = Path(folder) / file
                if place.is_file():
                    yield (
                        Upload(name=str(place.relative_to(path)), data=place, archive=short_text(name)),
                        place.stat().st_size,
                    )
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read: {error.strerror or error}. Check its name.") from error
