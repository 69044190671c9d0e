"""The files of an import, wherever they are: in memory, on disk, or within an archive."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mnist_core.errors import DatasetError

MAX_NAME = 60
HEAD_BYTES = 8192


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Upload:
    """A file by its name and content. The name is only ever shown and searched for words, never used as a path.

    Attributes:
        name: with folders if it has any; in an archive, the path within it.
        data: the content, or where it is, or what opens it.
        archive: the name of the archive that holds it; empty if it was given by itself.
    """

    name: str
    data: bytes | Path | Callable[[], BinaryIO]
    archive: str = ""

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
        """The name for a message: one short line, without folders and direction marks."""
        name = short_name(self.name) or "The file"
        return f"{name} in {self.archive}" if self.archive else name

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

    def head(self) -> bytes:
        """The first 8 KiB."""
        with self.stream() as stream:
            return stream.read(HEAD_BYTES)


def short_name(name: str) -> str:
    """The last part of a file's name, printable, at most 60 characters."""
    return short_text(name.replace("\\", "/").rpartition("/")[2])


def short_text(text: str) -> str:
    """Text from a file for a message: printable, at most 60 characters."""
    visible = "".join(character if character.isprintable() else "?" for character in text[: 10 * MAX_NAME])
    return visible if len(visible) <= MAX_NAME else visible[: MAX_NAME - 1] + "…"


def listed(names: list[str], limit: int = 3) -> str:
    """Some names in a sentence: "a, b, c and 4 more"."""
    shown, rest = names[:limit], len(names) - limit
    if rest > 0:
        return f"{', '.join(shown)} and {rest:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def counted(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 file", "2 files"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
