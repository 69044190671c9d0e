"""Single files that are compressed with gzip, bzip2 or xz, unpacked a part at a time."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
from collections.abc import Callable
from typing import BinaryIO, Protocol

from mnist_core.data.imports.files.file_kinds import Kind
from mnist_core.data.imports.limits import MAX_UNPACKER_BYTES
from mnist_core.errors import DatasetError

SUFFIXES = {
    Kind.GZIP: (r"\.gz$", r"\.tgz$"),
    Kind.BZIP2: (r"\.bz2$", r"\.tbz2?$"),
    Kind.XZ: (r"\.xz$", r"\.txz$"),
}
CHUNK = 1 << 16
DAMAGED = (OSError, lzma.LZMAError, ValueError)

Decompressor = bz2.BZ2Decompressor | lzma.LZMADecompressor


class Readable(Protocol):
    """What can be read a part at a time."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


def decompressed(packed: BinaryIO, kind: Kind, title: str) -> Readable:
    """The content of a compressed file, unpacked while it is read, and never more of it than is asked for.

    Reading it raises EOFError, zlib.error or gzip.BadGzipFile if the file is damaged or cut off, and `DatasetError` if
    unpacking it takes too much memory.
    """
    match kind:
        case Kind.BZIP2:
            return _Streams(packed, bz2.BZ2Decompressor, title)
        case Kind.XZ:
            return _Streams(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MAX_UNPACKER_BYTES), title)
        case _:
            return gzip.GzipFile(fileobj=packed)


def unpacked_name(name: str, kind: Kind) -> str:
    """The name of what a compressed file holds: `a.csv` for `a.csv.gz`, `a.tar` for `a.tgz`."""
    single, archive = SUFFIXES[kind]
    return re.sub(single, "", re.sub(archive, ".tar", name, flags=re.IGNORECASE), flags=re.IGNORECASE)


class _Streams:
    """What a bzip2 or xz file unpacks to: one stream after another, as programs that pack in parallel write it."""

    def __init__(self, packed: BinaryIO, new: Callable[[], Decompressor], title: str) -> None:
        self._packed, self._new, self._title = packed, new, title
        self._stream = new()

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        rest = b""
        while True:
            if self._stream.eof:
                rest = self._start_of_next()
                if not rest:
                    return b""
                self._stream = self._new()
            elif self._stream.needs_input and not rest:
                rest = self._packed.read(CHUNK)
                if not rest:
                    raise EOFError
            if part := self._unpacked(rest, size):
                return part
            rest = b""

    def _start_of_next(self) -> bytes:
        """The first bytes of the next stream, after zeros that fill up; none at the end of the file."""
        rest = self._stream.unused_data.lstrip(b"\0")
        while not rest:
            block = self._packed.read(CHUNK)
            if not block:
                return b""
            rest = block.lstrip(b"\0")
        return rest

    def _unpacked(self, data: bytes, size: int) -> bytes:
        try:
            return self._stream.decompress(data, size)
        except DAMAGED as error:
            if "limit" not in str(error):
                raise EOFError from error
            raise DatasetError(
                f"{self._title} takes too much memory to unpack. Expected at most {MAX_UNPACKER_BYTES:,} bytes. "
                "Unpack it yourself, and import what is in it."
            ) from error
