"""Arrays in numpy's files: npy, and npz archives of several."""

from __future__ import annotations

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_UNPACKED_BYTES
from mnist_core.data.imports.recognising.blocks import NamedArray
from mnist_core.data.sources.npz import parse_npy, parse_npz


def read_npz_file(upload: Upload) -> list[NamedArray]:
    """All arrays of an npz archive, in their order.

    Raises:
        DatasetError: the archive is damaged, claims too much, or holds objects, which may run code.
    """
    with upload.stream() as stream:
        arrays = parse_npz(stream, upload.title, max_bytes=MAX_UNPACKED_BYTES)
    return [NamedArray(name=name, file=upload, values=values) for name, values in arrays.items()]


def read_npy_file(upload: Upload) -> list[NamedArray]:
    """The array of an npy file.

    Raises:
        DatasetError: the file is damaged, claims too much, or holds objects, which may run code.
    """
    with upload.stream() as stream:
        return [NamedArray(name="", file=upload, values=parse_npy(stream, upload.title, max_bytes=MAX_UNPACKED_BYTES))]
