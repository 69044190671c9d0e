"""The files of an import, and what was read from them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from mnist_core.data.dataset import Split
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
    def from_path(cls, path: Path) -> Upload:
        """The file at `path`.

        Raises:
            DatasetError: it cannot be read, or is too large.
        """
        try:
            if path.stat().st_size > MAX_UPLOAD_BYTES:
                raise DatasetError(f"{path.name} is too large. Expected at most {MAX_UPLOAD_BYTES:,} bytes.")
            return cls(name=path.name, data=path.read_bytes())
        except OSError as error:
            raise DatasetError(f"{path.name} cannot be read: {error.strerror or error}.") from error

    @property
    def title(self) -> str:
        """The name for a message: one short line, without folders and direction marks."""
        return short_name(self.name) or "The file"

    def stream(self) -> io.BytesIO:
        return io.BytesIO(self.data)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """The images in one or more uploads.

    Attributes:
        images: all of them, or the training images if the upload has a test split.
        test: the test split, if the upload has one.
        notes: sentences on the changes: resized, inverted, scaled, skipped.
    """

    images: Split
    test: Split | None = None
    notes: tuple[str, ...] = ()


def short_name(name: str) -> str:
    """The last part of a file's name, printable, at most 60 characters."""
    last = name.replace("\\", "/").rpartition("/")[2][: 10 * MAX_NAME]
    text = "".join(character if character.isprintable() else "?" for character in last)
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"
