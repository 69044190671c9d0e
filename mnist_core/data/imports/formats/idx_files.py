"""Arrays in IDX files, the format of MNIST's own files."""

from __future__ import annotations

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_UNPACKED_BYTES
from mnist_core.data.imports.recognising.blocks import NamedArray
from mnist_core.data.sources.idx import parse_idx_of_any_type


def read_idx_file(upload: Upload) -> list[NamedArray]:
    """The array of an IDX file of any number type.

    Raises:
        DatasetError: the file is damaged, cut off or too large.
    """
    with upload.stream() as stream:
        values = parse_idx_of_any_type(stream, upload.title, max_bytes=MAX_UNPACKED_BYTES)
    return [NamedArray(name="", file=upload, values=values)]
