"""The files of an import, and what was read from them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Split, UInt8Array
from mnist_core.data.imports.decisions import LabelColumn
from mnist_core.data.imports.orientation import Orientation
from mnist_core.errors import DatasetError

MAX_UPLOAD_BYTES = 256_000_000
MAX_IMAGES = 200_000
MAX_NAME = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file by its name and content. The name is only ever shown, never used as a path."""

    name: str
    data: bytes

    @classmethod
    def from_path(cls, path: Path, name: str | None = None) -> Upload:
        """The file at `path`, under its own name or another one.

        Raises:
            DatasetError: it cannot be read, or is too large.
        """
        try:
            if path.stat().st_size > MAX_UPLOAD_BYTES:
                raise DatasetError(f"{path.name} is too large. Expected at most {MAX_UPLOAD_BYTES:,} bytes.")
            return cls(name=name or path.name, data=path.read_bytes())
        except OSError as error:
            raise DatasetError(f"{path.name} cannot be read: {error.strerror or error}.") from error

    @property
    def title(self) -> str:
        """The name for a message: one short line, without folders and direction marks."""
        return short_name(self.name) or "The file"

    def stream(self) -> io.BytesIO:
        return io.BytesIO(self.data)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reading:
    """The images in one or more uploads, scaled to bytes of 28 x 28 pixels, but neither turned nor inverted.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: uint8 (N,).
        is_test: bool (N,), which images are of the test split; None if the files have none.
        orientation: how the digits are stored.
        is_ground_light: whether the ink is darker than the ground.
        label_column, label_columns: the column of a table that was taken for the labels, and all that could be.
        notes: sentences on the changes: resized, scaled, left out.
    """

    images: UInt8Array
    labels: UInt8Array
    is_test: NDArray[np.bool_] | None = None
    orientation: Orientation = Orientation.UPRIGHT
    is_ground_light: bool = False
    label_column: int | None = None
    label_columns: tuple[LabelColumn, ...] = ()
    notes: tuple[str, ...] = ()


def short_name(name: str) -> str:
    """The last part of a file's name, printable, at most 60 characters."""
    last = name.replace("\\", "/").rpartition("/")[2][: 10 * MAX_NAME]
    text = "".join(character if character.isprintable() else "?" for character in last)
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"


@dataclass(frozen=True, kw_only=True, slots=True)
class OldReading:
    images: Split
    test: Split | None = None
    notes: tuple[str, ...] = ()
