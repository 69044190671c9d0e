"""What may still be unpacked of an import, and the temporary files that it is unpacked to."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

from mnist_core.data.imports.files.decompression import Readable
from mnist_core.data.imports.limits import MAX_DATA_FILES, MAX_FILES, MAX_UNPACKED_BYTES
from mnist_core.errors import DatasetError

CHUNK = 1 << 20


@contextlib.contextmanager
def storing() -> Iterator[None]:
    """Says that there is no room, or what else keeps the files of an import from being written."""
    try:
        yield
    except OSError as error:
        raise DatasetError(
            f"The images cannot be stored: {error.strerror or error}. Make room in the folder of data sets."
        ) from error


class Unpacking(contextlib.ExitStack):
    """What may still be unpacked of an import, and the open archives and temporary files, which it closes."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self.folder = folder
        self.bytes_left = MAX_UNPACKED_BYTES
        self.files_left = MAX_FILES
        self.data_files_left = MAX_DATA_FILES

    def spend_bytes(self, n: int, title: str) -> None:
        self.bytes_left -= n
        if self.bytes_left < 0:
            raise DatasetError(
                f"{title} unpacks to too much. Expected at most {MAX_UNPACKED_BYTES:,} bytes in all archives together. "
                "Leave out what is not needed, and pack it again."
            )

    def spend_files(self, n: int, title: str) -> None:
        self.files_left -= n
        if self.files_left < 0:
            raise DatasetError(f"{title} has too many members. Expected at most {MAX_FILES:,} files in all archives.")

    def spend_data_file(self) -> None:
        self.data_files_left -= 1
        if self.data_files_left < 0:
            raise DatasetError(
                f"There are too many files with arrays or tables. Expected at most {MAX_DATA_FILES}. "
                "Join them, or import a part of them."
            )

    def on_disk(self, stream: Readable, title: str) -> Path | Callable[[], BinaryIO]:
        """Unpack a stream into a temporary file without a name; returns what opens it."""
        with storing():
            file = self.enter_context(tempfile.TemporaryFile(dir=self.folder))  # noqa: SIM115, this closes it
        while chunk := stream.read(CHUNK):
            self.spend_bytes(len(chunk), title)
            with storing():
                file.write(chunk)
        with storing():
            file.flush()
        return lambda: io.BufferedReader(_Rewound(file), CHUNK)


class _Rewound(io.RawIOBase):
    """A temporary file from its start; closing this leaves the file, which has no name to be opened by again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        return self._file.readinto(buffer)  # type: ignore[attr-defined, no-any-return]

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()
