"""What a file from elsewhere is, by what is in it and not by its name."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from mnist_core.errors import IncomingError
from mnist_core.export.capsule import contents
from mnist_core.export.incoming import foreign_model
from mnist_core.export.incoming.archive import Archive

HDF5 = b"\x89HDF\r\n\x1a\n"
ZIP = b"PK"
MAX_BYTES = contents.MAX_BYTES
EXPECTED = "a run capsule, or a file that ends in .keras or .weights.h5"


class FileKind(StrEnum):
    """What can be imported as a run."""

    CAPSULE = "capsule"
    MODEL = "model"
    WEIGHTS = "weights"


def kind_of_file(path: Path, title: str) -> FileKind:
    """The kind of a file.

    Raises:
        IncomingError: it is none that is accepted.
    """
    if path.stat().st_size > MAX_BYTES:
        raise IncomingError(f"{title} is too large. Expected at most {MAX_BYTES:,} bytes.")
    with path.open("rb") as stream:
        start = stream.read(len(HDF5))
    if not start:
        raise IncomingError(f"{title} is empty.")
    if start == HDF5:
        return FileKind.WEIGHTS
    if not start.startswith(ZIP):
        raise IncomingError(f"{title} is not accepted. Expected {EXPECTED}.")
    with Archive(path, title, {**foreign_model.LIMITS, **contents.LIMITS}) as archive:
        if contents.MANIFEST in archive.names:
            return FileKind.CAPSULE
        if foreign_model.CONFIG in archive.names:
            return FileKind.MODEL
        if foreign_model.WEIGHTS in archive.names:
            raise IncomingError(f"{title} is not complete: {foreign_model.CONFIG} is missing.")
    raise IncomingError(f"{title} is not accepted. Expected {EXPECTED}.")
