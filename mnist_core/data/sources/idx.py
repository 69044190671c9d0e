"""The IDX format of the MNIST files, plain or gzip-compressed.

A header of a magic number (two zero bytes, the type of the values, the number of dimensions) and one big-endian
32-bit size for each dimension, then the values. Described at the end of http://yann.lecun.com/exdb/mnist/.
Files are not trusted: everything the header claims is checked before memory is allocated.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import DatasetError

MAX_BYTES = 64_000_000
"""Unpacked size that is read unless told otherwise; the training images of MNIST have 47,040,016 bytes."""

MAX_ITEMS = 300_000
"""EMNIST's digits are 240,000 and 40,000."""

MAX_MAPPED_ITEMS = MAX_LABELS = 10_000_000
"""Images in a plain file that is not read but mapped: they take no memory of their own. Labels take a byte each."""

MAX_SIDE = 1024  # a table of images of 28 x 28 has rows of 784
NAMES = {
    1: "labels (1 dimension)", 2: "a table (2 dimensions)", 3: "images (3 dimensions)", 4: "images (4 dimensions)",
}  # fmt: skip
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
UNSIGNED_BYTE = 0x08
GZIP_MAGIC = b"\x1f\x8b"
DEFLATE_MAX_RATIO = 1032  # no deflate stream unpacks to more than this many times its size
CHUNK = 1 << 20


def read_idx(path: Path, *, max_bytes: int = MAX_BYTES, dimensions: int | None = None) -> UInt8Array:
    """The array in an IDX file of unsigned bytes; that of a plain file of more than `max_bytes` is mapped, not read.

    Args:
        path: the file; gzip is recognised by its content, not by its name.
        max_bytes: refuse to unpack more than this.
        dimensions: refuse another number of dimensions (3 for images, 1 for labels).

    Raises:
        DatasetError: the file is missing, damaged, or not what it claims to be; names the file and the reason.
    """
    try:
        with path.open("rb") as stream:
            if path.stat().st_size > max_bytes and stream.read(2) != GZIP_MAGIC:
                return _mapped(stream, path.name, dimensions)
            return parse_idx(stream, path.name, max_bytes=max_bytes, dimensions=dimensions)
    except OSError as error:
        raise DatasetError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _mapped(stream: BinaryIO, name: str, dimensions: int | None) -> UInt8Array:
    """The values in a plain file, read-only: the system reads them when they are needed, and may forget them again."""
    size = stream.seek(0, 2)
    stream.seek(0)
    shape, _ = _read_header(stream, name, dimensions, (UNSIGNED_BYTE,), max_items=MAX_MAPPED_ITEMS)
    begin, expected = stream.tell(), math.prod(shape)
    if size - begin != expected:
        raise DatasetError(
            f"{name} is cut off or mislabelled. Expected {expected:,} bytes for the shape {shape}. "
            f"Received: {size - begin:,}. Copy or download it again."
        )
    return np.asarray(np.memmap(stream, np.uint8, mode="r", offset=begin, shape=shape))


def parse_idx(stream: BinaryIO, name: str, *, max_bytes: int = MAX_BYTES, dimensions: int | None = None) -> UInt8Array:
    """Like `read_idx`, from a seekable stream; messages contain `name`."""
    return parse_idx_of_any_type(stream, name, max_bytes=max_bytes, dimensions=dimensions, types=(UNSIGNED_BYTE,))


def parse_idx_of_any_type(
    stream: BinaryIO,
    name: str,
    *,
    max_bytes: int = MAX_BYTES,
    dimensions: int | None = None,
    types: Collection[int] = tuple(TYPES),
) -> NDArray[Any]:
    """Like `parse_idx`, of any of the format's number types, in this machine's byte order.

    Args:
        types: the codes of the types that are accepted.
    """
    packed_size = stream.seek(0, 2)
    stream.seek(0)
    if packed_size == 0:
        raise DatasetError(f"{name} is empty.")
    is_packed = stream.read(2) == GZIP_MAGIC
    stream.seek(0)
    if not is_packed:
        header = _read_header(stream, name, dimensions, types)
        return _read_values(stream, name, header, max_bytes=max_bytes, available=packed_size)
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            header = _read_header(unpacked, name, dimensions, types)
            available = packed_size * DEFLATE_MAX_RATIO
            return _read_values(unpacked, name, header, max_bytes=max_bytes, available=available)
    except EOFError as error:
        raise DatasetError(f"{name} is cut off: its gzip data ends too early.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{name} is damaged: {error}.") from error


def _read_values(
    stream: IO[bytes] | gzip.GzipFile, name: str, header: tuple[tuple[int, ...], str], *, max_bytes: int, available: int
) -> NDArray[Any]:
    shape, kind = header
    size = math.prod(shape) * np.dtype(kind).itemsize
    if size > max_bytes:
        raise DatasetError(f"{name} claims {size:,} bytes of data. Expected at most {max_bytes:,}.")
    if size > available:
        raise DatasetError(
            f"{name} claims {size:,} bytes but is too short to hold them: it is cut off or mislabelled. "
            "Copy or download it again."
        )
    values = np.empty(size, np.uint8)  # the pages of an empty array cost nothing until they are written
    _fill(stream, values, name)
    if stream.read(1):
        raise DatasetError(f"{name} is longer than its header says. Expected {size:,} bytes for the shape {shape}.")
    return values.view(kind).reshape(shape).astype(np.dtype(kind).newbyteorder("="), copy=False)


def _read_header(
    stream: IO[bytes] | gzip.GzipFile,
    name: str,
    dimensions: int | None,
    types: Collection[int],
    *,
    max_items: int = MAX_ITEMS,
) -> tuple[tuple[int, ...], str]:
    """Shape, and type of the values."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\x00\x00" or magic[2] not in types or magic[3] not in NAMES:
        values = "bytes" if tuple(types) == (UNSIGNED_BYTE,) else "numbers"
        raise DatasetError(
            f"{name} is not an IDX file of {values}. Expected a file as the makers of MNIST publish it, "
            "such as train-images-idx3-ubyte. Download it again."
        )
    if dimensions is not None and magic[3] != dimensions:
        raise DatasetError(f"Wrong content in {name}. Expected {NAMES[dimensions]}. Received: {NAMES[magic[3]]}.")
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DatasetError(f"{name} is cut off within its header. Copy or download it again.")
    shape = struct.unpack(f">{magic[3]}I", sizes)
    if len(shape) == 1:
        max_items = MAX_LABELS
    if shape[0] > max_items or any(side > MAX_SIDE for side in shape[1:]):
        raise DatasetError(
            f"{name} is too large. Expected at most {max_items:,} items of at most {MAX_SIDE} x {MAX_SIDE}. "
            f"Received: {' x '.join(f'{side:,}' for side in shape)}."
        )
    return cast("tuple[int, ...]", shape), TYPES[magic[2]]


def _fill(stream: IO[bytes] | gzip.GzipFile, values: UInt8Array, name: str) -> None:
    target = values.data
    filled = 0
    while filled < len(values):
        chunk = stream.read(min(CHUNK, len(values) - filled))
        if not chunk:
            raise DatasetError(
                f"{name} is cut off. Expected {len(values):,} bytes of values. Received: {filled:,}. "
                "Copy or download it again."
            )
        target[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
