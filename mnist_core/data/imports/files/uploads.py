"""The files of an import, wherever they are: in memory, on disk, or within an archive."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mnist_core.data.imports.limits import MAX_NAMED
from mnist_core.errors import DatasetError
from mnist_core.words import listed, word_for

MAX_NAME = 60
HEAD_BYTES = 8192
COMPARED_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Upload:
    """A file by its name and content. The name is only ever shown and searched for words, never used as a path.

    Attributes:
        name: with the folders that tell it from the other files given; in an archive, the path within it.
        data: the content, or where it is, or what opens it.
        archive: the name of the archive that holds it; empty if it was given by itself.
        compressed: the name of the gzip, bzip2 or xz file that it was unpacked from; empty if it was given as it is.
    """

    name: str
    data: bytes | Path | Callable[[], BinaryIO]
    archive: str = ""
    compressed: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and name; Windows' backslashes separate them too."""
        return tuple(part for part in self.name.replace("\\", "/").split("/") if part not in ("", "."))

    @property
    def path(self) -> str:
        """The name with its folder, for a message about one file of many."""
        return short_text("/".join(self.parts[-2:])) or "The file"

    @property
    def title(self) -> str:
        """The name for a message: one short line without direction marks, for a file of an archive without folders."""
        if self.archive:
            return f"{short_name(self.name) or 'The file'} in {self.archive}"
        return short_text("/".join(part for part in self.parts[-2:] if part != "..")) or "The file"

    def stream(self) -> BinaryIO:
        """The content from its start, seekable.

        Raises:
            DatasetError: it cannot be opened.
        """
        if isinstance(self.data, bytes):
            return io.BytesIO(self.data)
        if not isinstance(self.data, Path):
            return self.data()
        try:
            return self.data.open("rb")
        except OSError as error:
            raise DatasetError(f"{self.title} cannot be read: {error.strerror or error}.") from error

    def has_content_of(self, other: Upload) -> bool:
        """Whether both hold the same bytes.

        Raises:
            DatasetError: one cannot be read.
        """
        with self.stream() as stream, other.stream() as others:
            while (part := stream.read(COMPARED_BYTES)) == others.read(COMPARED_BYTES):
                if not part:
                    return True
        return False

    def head(self) -> bytes:
        """The first 8 KiB."""
        with self.stream() as stream:
            return stream.read(HEAD_BYTES)


def without_repeated(uploads: Sequence[Upload]) -> tuple[list[Upload], tuple[str, ...]]:
    """Each file once, with a note on those that were given again: at the same place, or with the same name and content.

    Raises:
        DatasetError: a file cannot be read.
    """
    places: set[str] = set()
    by_name: dict[tuple[str, str], list[Upload]] = {}
    kept: list[Upload] = []
    repeated: list[str] = []
    for upload in uploads:
        place = os.path.abspath(upload.data) if isinstance(upload.data, Path) else ""
        namesakes = by_name.setdefault((upload.name, upload.archive), [])
        if place in places or any(map(upload.has_content_of, namesakes)):
            repeated.append(upload.title)
            continue
        places |= {place} - {""}
        namesakes.append(upload)
        kept.append(upload)
    if not repeated:
        return kept, ()
    verb = word_for(len(repeated), "was", "were")
    return kept, (f"{listed(repeated, MAX_NAMED)} {verb} given more than once and read once.",)


def short_name(name: str) -> str:
    """The last part of a file's name, printable, at most 60 characters."""
    return short_text(name.replace("\\", "/").rpartition("/")[2])


def short_text(text: str) -> str:
    """Text from a file for a message: printable, at most 60 characters."""
    visible = "".join(character if character.isprintable() else "?" for character in text[: 10 * MAX_NAME])
    return visible if len(visible) <= MAX_NAME else visible[: MAX_NAME - 1] + "…"
