"""Reads npz archives that are not trusted.

`numpy.load` trusts the header of an array: eighty bytes can ask for 32 GiB. Here the members of the archive, the
header of each array and the size it claims are checked first, and pickled objects are refused.
"""

from __future__ import annotations

import io
import math
import tokenize
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from mnist_core.data.sources.zip_damage import ZIP_ERRORS, is_zip_damage
from mnist_core.errors import DatasetError, shown

MAX_BYTES = 500_000_000
"""Unpacked size of one array that is read unless told otherwise: 70,000 images as float64 have 439,040,000 bytes."""

MAX_MEMBERS = 32
"""Most arrays of an archive that is read unless told otherwise."""
MAX_HEADER = 10_000
ENCRYPTED = 0x1


class NoNumbersError(DatasetError):
    """An array of something else than plain numbers or text.

    Attributes:
        title: of the array, for a message.
        shape: of the array, as its header claims.
    """

    def __init__(self, message: str, *, title: str, shape: tuple[int, ...]) -> None:
        super().__init__(message)
        self.title, self.shape = title, shape


def read_npz(path: Path, *, only: Collection[str] | None = None, max_bytes: int = MAX_BYTES) -> dict[str, NDArray[Any]]:
    """The arrays of an npz file by name.

    Args:
        only: read only these; names that the file does not have are left out.
        max_bytes: largest total unpacked size.

    Raises:
        DatasetError: the file is missing, damaged, or has something other than arrays of plain numbers.
    """
    try:
        with path.open("rb") as stream:
            return parse_npz(stream, path.name, only=only, max_bytes=max_bytes)
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def parse_npz(
    stream: BinaryIO,
    name: str,
    *,
    only: Collection[str] | None = None,
    max_bytes: int = MAX_BYTES,
    max_members: int = MAX_MEMBERS,
    left_out: list[NoNumbersError] | None = None,
) -> dict[str, NDArray[Any]]:
    """Like `read_npz`, from a seekable stream of at most `max_members` arrays; messages contain `name`.

    Args:
        left_out: gets the errors of arrays of something else than plain numbers, such as objects, which are not read;
            None raises them.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    if size == 0:
        raise DatasetError(f"{name} is empty.")
    try:
        with zipfile.ZipFile(stream) as archive:
            members = _members(archive, name, only, max_members)
            _check_total(members.values(), name, max_bytes)
            return {
                key: values
                for key, member in members.items()
                if (values := _read_wanted(archive, member, f"{key} in {name}", left_out)) is not None
            }
    except ZIP_ERRORS as error:
        if not is_zip_damage(error):
            raise
        raise DatasetError(
            f"{name} is not an npz file, or is damaged or cut off. Copy or download it again."
        ) from error


def parse_npy(stream: BinaryIO, name: str, *, max_bytes: int = MAX_BYTES) -> NDArray[Any]:
    """The array of one npy file, from a seekable stream; messages contain `name`.

    Raises:
        DatasetError: the file is damaged, claims too much, or has something other than plain numbers or text.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > max_bytes:
        raise DatasetError(f"{name} has {size:,} bytes. Expected at most {max_bytes:,}.")
    return _read_values(stream, size, name)


def _members(
    archive: zipfile.ZipFile, name: str, only: Collection[str] | None, most: int
) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > most:
        raise DatasetError(f"{name} has too many members. Expected at most {most}. Received: {len(infos):,}.")
    names = [info.filename.removesuffix(".npy") for info in infos]
    if len(set(names)) < len(names):
        raise DatasetError(f"{name} has two members of the same name.")
    if any(info.flag_bits & ENCRYPTED for info in infos):
        raise DatasetError(f"{name} is encrypted.")
    return {key: info for key, info in zip(names, infos, strict=True) if only is None or key in only}


def _check_total(members: Collection[zipfile.ZipInfo], name: str, max_bytes: int) -> None:
    total = sum(member.file_size for member in members)
    if total > max_bytes:
        raise DatasetError(f"{name} unpacks to {total:,} bytes. Expected at most {max_bytes:,}.")


def _read_wanted(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str, left_out: list[NoNumbersError] | None
) -> NDArray[Any] | None:
    """An array; None if it is left out because it holds something else than plain numbers."""
    try:
        return _read_array(archive, member, title)
    except NoNumbersError as error:
        if left_out is None:
            raise
        left_out.append(error)
        return None


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str) -> NDArray[Any]:
    with archive.open(member) as stream:
        values = _read_values(stream, member.file_size, title)
        while stream.read(1 << 16):  # to the end, where the checksum is compared
            pass
    return values


def _read_values(stream: IO[bytes], size: int, title: str) -> NDArray[Any]:
    shape, is_fortran, dtype = _read_header(stream, title)
    claimed = math.prod(shape) * dtype.itemsize
    if claimed > size:
        raise DatasetError(
            f"{title} claims {claimed:,} bytes of data but has at most {size:,}. Copy or download it again."
        )
    data = stream.read(claimed)
    if len(data) < claimed:
        raise DatasetError(
            f"{title} is cut off. Expected {claimed:,} bytes. Received: {len(data):,}. Copy or download it again."
        )
    values = np.frombuffer(data, dtype)
    array = values.reshape(shape[::-1]).T if is_fortran else values.reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)


def _read_header(stream: IO[bytes], title: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    head = stream.read(12)
    if len(head) < 12 or head[:6] != b"\x93NUMPY":
        raise DatasetError(f"{title} is not an array.")
    start, kind = (10, "<H") if head[6] == 1 else (12, "<I")
    length = int(np.frombuffer(head[8:start], kind)[0])
    if not 0 < length <= MAX_HEADER:
        raise DatasetError(f"{title} has a header of {length:,} bytes. Expected 1 to {MAX_HEADER:,}.")
    whole = io.BytesIO(head + stream.read(start + length - len(head)))
    read = npy_format.read_array_header_1_0 if head[6] == 1 else npy_format.read_array_header_2_0
    whole.seek(8)
    try:
        shape, is_fortran, dtype = read(whole, max_header_size=MAX_HEADER)
    except (ValueError, TypeError, SyntaxError, tokenize.TokenError, RecursionError, MemoryError) as error:
        raise DatasetError(f"{title} has a header that cannot be read.") from error
    if dtype.hasobject:
        raise NoNumbersError(
            f"{title} holds Python objects, which may run code when they are read. Expected plain numbers. "
            "Save it again as numbers, for example with values.astype(int).",
            title=title,
            shape=shape,
        )
    if dtype.kind not in "biufSU":
        problem = f"{title} holds {shown(str(dtype))} values. Expected plain numbers."
        raise NoNumbersError(problem, title=title, shape=shape)
    if any(side < 0 for side in shape):
        raise DatasetError(f"{title} has a negative size.")
    return shape, is_fortran, dtype
