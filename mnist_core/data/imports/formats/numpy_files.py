"""Arrays in numpy's files: npy, and npz archives of several."""

from __future__ import annotations

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_UNPACKED_BYTES
from mnist_core.data.imports.recognising.blocks import NamedArray
from mnist_core.data.imports.recognising.pairing import is_named_labels
from mnist_core.data.sources.npz import NoNumbersError, parse_npy, parse_npz


def read_npz_file(upload: Upload) -> tuple[list[NamedArray], list[NoNumbersError]]:
    """The arrays of numbers or text in an npz archive, in their order, and why the others are left out.

    Raises:
        DatasetError: the archive is damaged or claims too much, or what may be the labels are objects, which may run
            code, or otherwise no numbers.
    """
    left_out: list[NoNumbersError] = []
    with upload.stream() as stream:
        arrays = parse_npz(stream, upload.title, max_bytes=MAX_UNPACKED_BYTES, left_out=left_out)
    found = [NamedArray(name=name, file=upload, values=values) for name, values in arrays.items()]
    for error in left_out:
        if _may_be_labels(error.shape, found):
            raise error
    return found, left_out


def _may_be_labels(shape: tuple[int, ...], others: list[NamedArray]) -> bool:
    """Whether an array that is not read has as many rows as images, and no other one is called their labels."""
    as_long = [array for array in others if array.values.shape[:1] == shape[:1]]
    return any(array.values.ndim > 1 for array in as_long) and not any(map(is_named_labels, as_long))


def read_npy_file(upload: Upload) -> list[NamedArray]:
    """The array of an npy file.

    Raises:
        DatasetError: the file is damaged, claims too much, or holds objects, which may run code.
    """
    with upload.stream() as stream:
        return [NamedArray(name="", file=upload, values=parse_npy(stream, upload.title, max_bytes=MAX_UNPACKED_BYTES))]
