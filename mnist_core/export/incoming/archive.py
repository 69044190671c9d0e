"""Reads a zip from elsewhere: only members whose names are expected, each bounded while it is unpacked."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from mnist_core.data.imports.files.unpacking import ENCRYPTED, is_unsafe, n_entries
from mnist_core.data.imports.files.unpacking_limits import CHUNK
from mnist_core.data.imports.files.uploads import short_name, short_text
from mnist_core.errors import IncomingError

MAX_ENTRIES = 2_000
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class Archive:
    """The members of a zip. The whole file is bounded by its size on disk and by what each member may unpack to.

    Args:
        path: the file.
        title: its name in messages.
        limits: the largest size of members, by a pattern that their whole name matches; others are refused.

    Raises:
        IncomingError: it is no zip, or has a member that is not expected, unsafe or too large.
    """

    def __init__(self, path: Path, title: str, limits: Mapping[str, int]) -> None:
        self._path, self.title = path, title
        self._limits = {re.compile(pattern): limit for pattern, limit in limits.items()}
        size = path.stat().st_size
        if size == 0:
            raise IncomingError(f"{title} is empty.")
        try:
            with path.open("rb") as stream:
                n = n_entries(stream)
            if n > MAX_ENTRIES:  # before Python makes an object of each
                raise IncomingError(f"{title} has too many members. Expected at most {MAX_ENTRIES:,}.")
            self._zip = zipfile.ZipFile(path)
        except DAMAGED as error:
            raise IncomingError(f"{title} is not a zip file, or is cut off. Copy or download it again.") from error
        members = [member for member in self._zip.infolist() if not member.is_dir()]
        try:
            for member in members:
                self._check(member)
            names = Counter(member.filename for member in members)
            double = [name for name, count in names.items() if count > 1]
            if double:
                raise IncomingError(f"{title} has two members of the same name: {short_name(double[0])}.")
        except BaseException:
            self._zip.close()
            raise
        self.names = tuple(member.filename for member in members)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises:
            IncomingError: it is missing, damaged, or unpacks to more than its limit.
        """
        if name not in self.names:
            raise IncomingError(f"{self.title} is not complete: {name} is missing.")
        limit, parts, total = self._limit(name), list[bytes](), 0
        try:
            with self._zip.open(name) as stream:
                while chunk := stream.read(CHUNK):
                    total += len(chunk)
                    if total > limit:
                        raise self._too_large(name, limit)
                    parts.append(chunk)
        except DAMAGED as error:
            raise IncomingError(f"{self.title} is damaged: {name} cannot be unpacked.") from error
        return b"".join(parts)

    def _check(self, member: zipfile.ZipInfo) -> None:
        name = member.filename
        if is_unsafe(name):
            raise IncomingError(f"{self.title} has a member whose name leads out of its folder: {short_text(name)}.")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
            raise IncomingError(f"{self.title} has a member that is a link or a device: {short_text(name)}.")
        if member.flag_bits & ENCRYPTED:
            raise IncomingError(f"{self.title} is encrypted.")
        if member.compress_type not in PLAIN_METHODS:
            raise IncomingError(f"{self.title} is packed in an unusual way. Expected a plain zip.")
        if member.file_size > self._limit(name):
            raise self._too_large(name, self._limit(name))

    def _limit(self, name: str) -> int:
        found = next((limit for pattern, limit in self._limits.items() if pattern.fullmatch(name)), None)
        if found is None:
            raise IncomingError(f"{self.title} has a member that does not belong there: {short_text(name)}.")
        return found

    def _too_large(self, name: str, limit: int) -> IncomingError:
        return IncomingError(f"{self.title} has a member that is too large: {name}. Expected at most {limit:,} bytes.")
