"""Pictures in a zip, each in a folder named by its digit: `7/a.png`, or `train/7/a.png` and `test/7/b.png`."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.data.dataset import DIGITS, SIDE, Split, UInt8Array
from mnist_core.data.imports.arrays import MIN_SIDE, fitted, light_on_dark
from mnist_core.data.imports.uploads import OldReading, Upload, short_name
from mnist_core.errors import DatasetError

MAX_MEMBERS = 80_000
MAX_PICTURE_BYTES = 8_000_000
MAX_TOTAL_BYTES = 500_000_000
MAX_PIXELS = 4_000_000
FORMATS = ("PNG", "JPEG", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")
ENTRY_MARK = b"PK\x01\x02"  # starts every entry of a zip's directory
ENCRYPTED = 0x1
DRIVE = re.compile("[A-Za-z]:")
TEST_FOLDERS = ("test", "testing", "t10k")
LEFT_OUT_BY_SYSTEMS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Picture:
    member: zipfile.ZipInfo
    label: int
    is_test: bool


def read_zip_upload(upload: Upload) -> OldReading:
    """PNG, JPEG or BMP images of any size and mode, converted to 28 x 28 and grey, with notes on the changes.

    Raises:
        DatasetError: the zip is damaged or unsafe, a file is not a valid image, or there are none.
    """
    n_entries = upload.data.count(ENTRY_MARK)  # before Python creates an object for each
    if n_entries > MAX_MEMBERS:
        raise DatasetError(f"{upload.title} has too many members. Expected at most {MAX_MEMBERS:,}.")
    try:
        with zipfile.ZipFile(upload.stream()) as archive:
            members = archive.infolist()
            _check_members(members, upload.title)
            pictures, n_left_out = _pictures(members, upload.title)
            decoded = [_decode(archive, picture.member, upload.title) for picture in pictures]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DatasetError(f"{upload.title} is not a zip file, or is damaged or cut off.") from error
    return _reading(pictures, decoded, n_left_out)


def _check_members(members: Sequence[zipfile.ZipInfo], title: str) -> None:
    names = Counter(member.filename for member in members)
    for member in members:
        shown_name = short_name(member.filename)
        if is_unsafe(member.filename):
            raise DatasetError(f"{title} has a member whose name leads out of its folder: {shown_name}.")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise DatasetError(f"{title} has a member that is a link or a device: {shown_name}.")
        if member.flag_bits & ENCRYPTED:
            raise DatasetError(f"{title} is encrypted.")
        if names[member.filename] > 1:
            raise DatasetError(f"{title} has two members of the same name: {shown_name}.")
        if member.file_size > MAX_PICTURE_BYTES:
            raise DatasetError(f"{shown_name} in {title} unpacks to {member.file_size:,} bytes: too large.")
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL_BYTES:
        raise DatasetError(f"{title} unpacks to {total:,} bytes. Expected at most {MAX_TOTAL_BYTES:,}.")


def is_unsafe(name: str) -> bool:
    """Whether the path of a zip's member could lead out of the target folder. (Nothing is unpacked to disk here.)"""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or DRIVE.match(name) is not None


def _pictures(members: Sequence[zipfile.ZipInfo], title: str) -> tuple[list[_Picture], int]:
    """The pictures with their labels, and how many other files there are."""
    pictures, n_left_out = [], 0
    for member in members:
        path = PurePosixPath(member.filename)
        if member.is_dir() or any(part in LEFT_OUT_BY_SYSTEMS for part in path.parts):
            continue
        if path.suffix.lower() not in SUFFIXES:
            n_left_out += 1
            continue
        folder = path.parent.name
        if folder not in DIGITS:
            raise DatasetError(
                f"{short_name(member.filename)} in {title} has no label. Expected it in a folder called 0 to 9. "
                f"Received: {short_name(folder) or 'no folder'}."
            )
        above = [part.lower() for part in path.parts[:-2]]
        is_test = any(part in TEST_FOLDERS for part in above)
        pictures.append(_Picture(member=member, label=int(folder), is_test=is_test))
    if not pictures:
        raise DatasetError(f"{title} holds no pictures. Expected PNG, JPEG or BMP files in folders called 0 to 9.")
    return pictures, n_left_out


def _decode(archive: zipfile.ZipFile, member: zipfile.ZipInfo, title: str) -> tuple[UInt8Array, tuple[str, ...]]:
    """One picture as 28 x 28 bytes, and its changes."""
    with archive.open(member) as stream:
        data = stream.read(MAX_PICTURE_BYTES + 1)
    name = f"{short_name(member.filename)} in {title}"
    image = open_picture(data, name)
    changes: tuple[str, ...] = ()
    if image.mode != "L":
        changes += ("Converted from colour to grey.",)
    if image.size != (SIDE, SIDE):
        changes += (f"Resized to {SIDE} x {SIDE} pixels.",)
    return fitted(as_grey(image)), changes


def open_picture(data: bytes, name: str) -> Image.Image:
    """A decoded, upright picture from bytes that may come from anyone.

    Its size is checked before its pixels are decoded.

    Raises:
        DatasetError: not a PNG, JPEG or BMP file, damaged, too large or too small; the message has `name`.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as probe:
            _check_size(probe.size, name)
            probe.verify()
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        image.load()
        return ImageOps.exif_transpose(image)
    except UnidentifiedImageError as error:
        raise DatasetError(f"{name} is not a picture. Expected PNG, JPEG or BMP.") from error
    except Image.DecompressionBombError as error:
        raise DatasetError(f"{name} has too many pixels. Expected at most {MAX_PIXELS:,}.") from error
    except (OSError, ValueError, SyntaxError, EOFError, zlib.error, IndexError, OverflowError) as error:
        raise DatasetError(f"{name} is damaged or cut off.") from error


def as_grey(image: Image.Image) -> Image.Image:
    """A picture of any mode in mode L; transparent parts become a background that contrasts with the ink."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        return Image.fromarray(np.clip(values / (257 if values.max() > 255 else 1), 0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        coloured = image.convert("RGBA")
        grey, alpha = coloured.convert("RGB").convert("L"), coloured.getchannel("A")
        weights = np.asarray(alpha, np.float64)
        ink = float((np.asarray(grey) * weights).sum() / max(weights.sum(), 1))
        ground = Image.new("L", image.size, 255 if ink < 128 else 0)
        return Image.composite(grey, ground, alpha)
    return image.convert("L")


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise DatasetError(
            f"{name} has too many pixels. Expected at most {MAX_PIXELS:,}. Received: {width:,} x {height:,}."
        )
    if min(size) < MIN_SIDE:
        raise DatasetError(
            f"{name} is too small. Expected at least {MIN_SIDE} x {MIN_SIDE}. Received: {width} x {height}."
        )


def _reading(
    pictures: list[_Picture], decoded: list[tuple[UInt8Array, tuple[str, ...]]], n_left_out: int
) -> OldReading:
    pixels, notes = light_on_dark(np.stack([image for image, _ in decoded]))
    labels = np.array([picture.label for picture in pictures], np.uint8)
    is_test = np.array([picture.is_test for picture in pictures])
    counts = Counter(change for _, changes in decoded for change in changes)
    notes += tuple(
        f"{change[:-1]} ({count:,} of {len(pictures):,} pictures)." for change, count in sorted(counts.items())
    )
    if n_left_out:
        files = (
            "1 file that is not a picture was"
            if n_left_out == 1
            else f"{n_left_out:,} files that are not pictures were"
        )
        notes += (f"{files} skipped.",)
    whole = Split(images=pixels, labels=labels)
    if is_test.any() and not is_test.all():
        return OldReading(images=whole.take(~is_test), test=whole.take(is_test), notes=notes)
    return OldReading(images=whole, notes=notes)
