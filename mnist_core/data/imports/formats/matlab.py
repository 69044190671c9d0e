"""Arrays in MATLAB files of version 4 to 7, also within structures, as EMNIST stores them.

scipy reads them; what they unpack to is checked first, by the sizes in the tags of their elements, or in the headers of
the matrices of version 4. Both formats are described in "MAT-File Format" by The MathWorks.
"""

from __future__ import annotations

import math
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from scipy.io import loadmat
from scipy.sparse import issparse

from mnist_core.data.imports.files.file_kinds import MATLAB_4_HEADER, is_matlab_4, matlab_4_order
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_UNPACKED_BYTES
from mnist_core.data.imports.recognising.blocks import NamedArray
from mnist_core.errors import DatasetError

HEADER_BYTES = 128
COMPRESSED = 15
BYTES_4 = {0: 8, 1: 4, 2: 4, 3: 2, 4: 2, 5: 1}  # of a number in version 4, by the second last digit of its kind
TEXT_4 = 1
MAX_ELEMENTS = 1000
MAX_STRUCTURES = 8


def read_matlab_file(upload: Upload) -> list[NamedArray]:
    """All arrays of numbers, by their path, such as `dataset.train.images`.

    Raises:
        DatasetError: the file is damaged, cut off, or unpacks to too much.
    """
    try:
        with upload.stream() as stream:
            _check_sizes(stream, upload.title)
            stream.seek(0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = loadmat(stream, struct_as_record=True, verify_compressed_data_integrity=True)
    except MemoryError:
        raise
    except DatasetError:
        raise
    except Exception as error:  # scipy raises whatever damaged bytes lead to
        raise DatasetError(f"{upload.title} is a damaged or cut off MATLAB file. Copy or download it again.") from error
    variables = {name: value for name, value in found.items() if not name.startswith("__")}
    arrays = [item for name, value in variables.items() for item in _arrays(name, value, 0)]
    return [NamedArray(name=name, file=upload, values=values) for name, values in arrays]


def _arrays(name: str, value: Any, depth: int) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays of numbers or text in a value, which may be a structure of structures."""
    if issparse(value) and math.prod(value.shape) <= MAX_UNPACKED_BYTES // value.dtype.itemsize:
        value = value.toarray()
    if depth > MAX_STRUCTURES or not isinstance(value, np.ndarray):
        return
    for field in value.dtype.names or ():
        for number, item in enumerate(value[field].reshape(-1)):
            suffix = "" if value.size == 1 else f"({number + 1})"
            yield from _arrays(f"{name}{suffix}.{field}", item, depth + 1)
    if value.dtype.kind in "biuf" and value.size:
        yield name, value
    elif value.dtype.kind == "O" and value.size == 1:
        yield from _arrays(name, value.reshape(-1)[0], depth + 1)


def _check_sizes(stream: BinaryIO, title: str) -> None:
    """Raise if the elements of the file claim more than may be unpacked, before any of them is."""
    header = stream.read(HEADER_BYTES)
    if is_matlab_4(header):
        stream.seek(0)
        _check_sizes_4(stream, title)
        return
    order = "<" if header[126:128] == b"IM" else ">"
    total = 0
    for _ in range(MAX_ELEMENTS):
        tag = stream.read(8)
        if len(tag) < 8:
            return
        kind, size = struct.unpack(f"{order}II", tag)
        end = stream.tell() + size
        total += _claimed(stream, size, order) if kind == COMPRESSED else size
        _check_total(total, title)
        stream.seek(end)
    raise DatasetError(f"{title} has too many variables. Expected at most {MAX_ELEMENTS:,}.")


def _check_sizes_4(stream: BinaryIO, title: str) -> None:
    """The same for the matrices of a file of version 4, of which each has a header of its own.

    scipy takes the byte order of the first one for all, keeps a text in four bytes for each character, and takes a
    negative size for the rest of the file.
    """
    total, order = 0, ""
    for _ in range(MAX_ELEMENTS):
        header = stream.read(MATLAB_4_HEADER)
        if not header:
            return
        order = order or matlab_4_order(header) or "<"
        if len(header) < MATLAB_4_HEADER:
            raise DatasetError(f"{title} is a damaged or cut off MATLAB file. Copy or download it again.")
        kind, rows, columns, is_complex, n_name = struct.unpack(f"{order}5i", header)
        size = BYTES_4.get(kind // 10 % 10, 0) * rows * columns * (2 if is_complex else 1)
        if min(rows, columns, n_name) < 0 or not size and rows * columns:
            raise DatasetError(f"{title} is a damaged or cut off MATLAB file. Copy or download it again.")
        total += size if kind % 10 != TEXT_4 else max(size, 4 * rows * columns)
        _check_total(total, title)
        stream.seek(n_name + size, os.SEEK_CUR)
    raise DatasetError(f"{title} has too many variables. Expected at most {MAX_ELEMENTS:,}.")


def _check_total(n_bytes: int, title: str) -> None:
    if n_bytes > MAX_UNPACKED_BYTES:
        raise DatasetError(f"{title} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes. Save a part of it.")


def _claimed(stream: BinaryIO, size: int, order: str) -> int:
    """The size that a compressed element claims to have when it is unpacked."""
    try:
        tag = zlib.decompressobj().decompress(stream.read(min(size, 256)), 8)
    except zlib.error:
        return 0  # damaged: scipy says so
    return int(struct.unpack(f"{order}II", tag)[1]) if len(tag) == 8 else 0
