"""Unpacks archives, also within archives, into a flat list of files. The limits hold for all of them together.

Nothing is unpacked to a path that an archive names. Pictures stay in their archive until they are decoded; other files
go to temporary files without a name, which the system removes however this process ends.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mnist_core.data.imports.files.decompression import decompressed, unpacked_name
from mnist_core.data.imports.files.file_kinds import ARCHIVES, DATA, PICTURES, Kind, is_named_data, kind_of
from mnist_core.data.imports.files.unpacking_limits import CHUNK, Unpacking
from mnist_core.data.imports.files.uploads import Upload, short_name
from mnist_core.data.imports.limits import MAX_DEPTH, MAX_PICTURE_BYTES
from mnist_core.data.sources.zip_damage import ZIP_ERRORS, is_zip_damage
from mnist_core.errors import DatasetError

ENTRY_MARK = b"PK\x01\x02"  # starts every entry of a zip's directory
END_MARK, ZIP64_END_MARK, ZIP64_MARK = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
END_BYTES, MAX_REMARK = 22, 1 << 16
ZIP64_BYTES = 56 + 20  # the longer end and what leads to it
ENCRYPTED = 0x1
DRIVE = re.compile("[A-Za-z]:")
LEFT_BY_SYSTEMS = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".ipynb_checkpoints"})
BY_SUFFIX = {
    ".png": Kind.PNG, ".jpg": Kind.JPEG, ".jpeg": Kind.JPEG, ".bmp": Kind.BMP, ".tif": Kind.TIFF, ".tiff": Kind.TIFF,
    ".webp": Kind.WEBP, ".gif": Kind.GIF,
}  # fmt: skip
DAMAGED = (*ZIP_ERRORS, tarfile.TarError)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Item:
    """A file that is no archive, with its kind."""

    upload: Upload
    kind: Kind


def unpack(uploads: Sequence[Upload], unpacking: Unpacking) -> list[Item]:
    """All files in the uploads, archives replaced by what is in them.

    Raises:
        DatasetError: an archive is damaged, encrypted, unsafe or over a limit.
    """
    items: list[Item] = []
    for upload in uploads:
        items.extend(_unpacked(upload, unpacking, depth=0))
    return items


def _unpacked(upload: Upload, unpacking: Unpacking, depth: int) -> Iterator[Item]:
    if LEFT_BY_SYSTEMS.intersection(upload.parts) or upload.parts[-1:] and upload.parts[-1].startswith("._"):
        return
    kind = BY_SUFFIX.get(Path(upload.name.lower()).suffix) if upload.archive else None
    kind = kind or kind_of(upload)
    if kind in ARCHIVES:
        if depth >= MAX_DEPTH:
            raise DatasetError(
                f"{upload.title} is nested too deep. Expected at most {MAX_DEPTH} archives in each other. "
                "Unpack the outer ones."
            )
        yield from _members(upload, kind, unpacking, depth)
        return
    if upload.archive and kind in DATA:
        unpacking.spend_data_file()
    if upload.archive and kind in DATA and not isinstance(upload.data, Path):
        with upload.stream() as stream:
            upload = Upload(name=upload.name, data=unpacking.on_disk(stream, upload.title), archive=upload.archive)
    yield Item(upload=upload, kind=kind)


def _members(upload: Upload, kind: Kind, unpacking: Unpacking, depth: int) -> Iterator[Item]:
    """What is in an archive, or in a file that is only compressed."""
    try:
        match kind:
            case Kind.ZIP:
                yield from _unpack_zip(upload, unpacking, depth)
            case Kind.TAR:
                yield from _unpack_tar(upload, unpacking, depth)
            case _:
                yield from _unpack_compressed(upload, kind, unpacking, depth)
    except DAMAGED as error:
        if not is_zip_damage(error):
            raise
        if upload.archive and not is_named_data(upload.name):
            yield Item(upload=upload, kind=Kind.DAMAGED)  # it was not meant to hold images: it costs only itself
            return
        raise DatasetError(f"{upload.title} is damaged or cut off. Copy or download it again.") from error


def _unpack_compressed(upload: Upload, kind: Kind, unpacking: Unpacking, depth: int) -> Iterator[Item]:
    with upload.stream() as packed:
        data = unpacking.on_disk(decompressed(packed, kind, upload.title), upload.title)
    name = unpacked_name(upload.name, kind)
    unpacked = Upload(name=name, data=data, archive=upload.archive, compressed=upload.name)
    yield from _unpacked_whole(unpacked, unpacking, depth)


def _unpacked_whole(upload: Upload, unpacking: Unpacking, depth: int) -> Iterator[Item]:
    """What one compressed file holds, which is on disk already."""
    kind = kind_of(upload)
    if kind in ARCHIVES:
        yield from _unpacked(upload, unpacking, depth if kind is Kind.TAR else depth + 1)  # a tar.gz is one archive
        return
    if kind in DATA:
        unpacking.spend_data_file()
    yield Item(upload=upload, kind=kind)


def _unpack_zip(upload: Upload, unpacking: Unpacking, depth: int) -> Iterator[Item]:
    with upload.stream() as stream:
        unpacking.spend_files(n_entries(stream), upload.title)  # before Python creates an object for each
    archive = unpacking.enter_context(zipfile.ZipFile(unpacking.enter_context(upload.stream())))
    members = [member for member in archive.infolist() if not member.is_dir()]
    _check_members(members, upload.title)
    pictures = [member for member in members if _is_picture(member.filename)]
    unpacking.spend_bytes(sum(member.file_size for member in pictures), upload.title)
    for member in members:
        opener = _opener(archive, member, is_picture=_is_picture(member.filename))
        yield from _unpacked(Upload(name=member.filename, data=opener, archive=upload.title), unpacking, depth + 1)


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, is_picture: bool) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        stream = archive.open(member)
        if not is_picture:
            return stream  # type: ignore[return-value]
        with stream:
            return io.BytesIO(stream.read(MAX_PICTURE_BYTES + 1))

    return opened


def _is_picture(name: str) -> bool:
    return BY_SUFFIX.get(Path(name.lower()).suffix) in PICTURES


def n_entries(stream: BinaryIO) -> int:
    """How many entries the directory of a zip may have: a count of their marks, in parts; 0 without a directory."""
    start, left = _directory(stream)
    stream.seek(max(0, start))
    count, tail = 0, b""
    while left > 0 and (chunk := stream.read(min(left, CHUNK))):
        left -= len(chunk)
        block = tail + chunk
        count += block.count(ENTRY_MARK)
        tail = block[-len(ENTRY_MARK) + 1 :]
    return count


def _directory(stream: BinaryIO) -> tuple[int, int]:
    """Where the directory of a zip starts, and its size, both found as zipfile finds them: from its end.

    See PKWARE's APPNOTE.TXT, 4.3.14 to 4.3.16.
    """
    size = stream.seek(0, io.SEEK_END)
    start_of_tail = max(0, size - END_BYTES - MAX_REMARK - ZIP64_BYTES)
    stream.seek(start_of_tail)
    tail = stream.read()
    has_remark = tail[-END_BYTES : -END_BYTES + 4] != END_MARK or tail[-2:] != b"\0\0"
    end = tail.rfind(END_MARK) if has_remark else len(tail) - END_BYTES
    if end < 0 or len(tail) - end < END_BYTES:
        return 0, 0
    [n_bytes] = struct.unpack("<I", tail[end + 12 : end + 16])
    long_end = end - ZIP64_BYTES
    if long_end >= 0 and tail[long_end : long_end + 4] == ZIP64_END_MARK and tail[end - 20 : end - 16] == ZIP64_MARK:
        [n_bytes] = struct.unpack("<Q", tail[long_end + 40 : long_end + 48])
        end = long_end
    return start_of_tail + end - n_bytes, n_bytes


def _check_members(members: Sequence[zipfile.ZipInfo], title: str) -> None:
    names = Counter(member.filename for member in members)
    for member in members:
        name = short_name(member.filename)
        if is_unsafe(member.filename):
            raise DatasetError(
                f"{title} has a member whose name leads out of its folder: {name}. Pack the folder itself again."
            )
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DatasetError(f"{title} has a member that is a link or a device: {name}. Pack the files themselves.")
        if member.flag_bits & ENCRYPTED:
            raise DatasetError(f"{title} is encrypted. Unpack it with its password, and pack it again without one.")
        if names[member.filename] > 1:
            raise DatasetError(f"{title} has two members of the same name: {name}. Pack the folder again.")


def is_unsafe(name: str) -> bool:
    """Whether the path of a zip's member could lead out of the target folder. (Nothing is unpacked to it here.)"""
    path = name.replace("\\", "/")
    return path.startswith("/") or ".." in path.split("/") or DRIVE.match(name) is not None


def _unpack_tar(upload: Upload, unpacking: Unpacking, depth: int) -> Iterator[Item]:
    stream = unpacking.enter_context(upload.stream())
    archive = unpacking.enter_context(tarfile.open(fileobj=stream, mode="r:"))  # noqa: SIM115, as above
    while (member := archive.next()) is not None:
        unpacking.spend_files(1, upload.title)
        if not member.isfile():
            continue
        if is_unsafe(member.name):
            name = short_name(member.name)
            raise DatasetError(f"{upload.title} has a member whose name leads out of its folder: {name}.")
        if _is_picture(member.name):
            unpacking.spend_bytes(member.size, upload.title)
        yield from _unpacked(
            Upload(name=member.name, data=_tar_opener(archive, member), archive=upload.title), unpacking, depth + 1
        )


def _tar_opener(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        stream = archive.extractfile(member)
        assert stream is not None  # it is a regular file
        return stream  # type: ignore[return-value]

    return opened
