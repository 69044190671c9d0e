"""The file layouts of a data set: four IDX files in a folder, or one npz file with Keras' names."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import N_CLASSES, SIDE, Split, UInt8Array
from mnist_core.data.sources.idx import read_idx
from mnist_core.data.sources.npz import read_npz
from mnist_core.errors import DatasetError

Splits = tuple[Split, Split]

IDX_PARTS = (("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1))
"""The four files with their number of dimensions, in the order in which they are read and hashed."""

NPZ_KEYS = ("x_train", "y_train", "x_test", "y_test")


def find_idx_files(folder: Path) -> tuple[Path, ...]:
    """The four IDX files of a folder, plain or `.gz`, spelled `train-images-idx3-ubyte` or `train-images.idx3-ubyte`.

    Returns:
        The four in the order of `IDX_PARTS`, or () if the folder holds none of them.

    Raises:
        DatasetError: some of the four are there, but not all; names the missing ones.
    """
    found = {part: _find_part(folder, part, dimensions) for part, dimensions in IDX_PARTS}
    missing = [f"{part}-idx{dimensions}-ubyte" for part, dimensions in IDX_PARTS if found[part] is None]
    if len(missing) == len(IDX_PARTS):
        return ()
    if missing:
        raise DatasetError(f"Files are missing in the folder {folder.name}: {', '.join(missing)} (plain or .gz).")
    return tuple(path for path in found.values() if path)


def read_idx_files(files: tuple[Path, ...]) -> Splits:
    """The splits in four IDX files, in the order of `IDX_PARTS`.

    Raises:
        DatasetError: a file is damaged, has the wrong content, or does not match the other file of its split.
    """
    arrays = [read_idx(path, dimensions=part[1]) for path, part in zip(files, IDX_PARTS, strict=True)]
    return (
        checked_split(arrays[0], arrays[1], f"{files[0].name} and {files[1].name}"),
        checked_split(arrays[2], arrays[3], f"{files[2].name} and {files[3].name}"),
    )


def read_npz_file(files: tuple[Path, ...]) -> Splits:
    """The splits in one npz file with Keras' names `x_train`, `y_train`, `x_test` and `y_test`."""
    arrays = read_npz(files[0], only=NPZ_KEYS)
    missing = [key for key in NPZ_KEYS if key not in arrays]
    if missing:
        raise DatasetError(f"Arrays are missing in {files[0].name}: {', '.join(missing)}.")
    return (
        checked_split(arrays["x_train"], arrays["y_train"], f"x_train and y_train in {files[0].name}"),
        checked_split(arrays["x_test"], arrays["y_test"], f"x_test and y_test in {files[0].name}"),
    )


def write_npz_file(stream: BinaryIO, train: Split, test: Split) -> None:
    """Write the splits as `read_npz_file` reads them, not compressed."""
    arrays = (train.images, train.labels, test.images, test.labels)
    np.savez(stream, allow_pickle=False, **dict(zip(NPZ_KEYS, arrays, strict=True)))


def checked_split(images: NDArray[Any], labels: NDArray[Any], title: str) -> Split:
    """A split from arrays of any integer type with values in range; messages contain `title`."""
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise DatasetError(f"Wrong size of images in {title}. Expected {SIDE} x {SIDE}. Received: {images.shape}.")
    try:
        return Split(images=images, labels=_byte_labels(labels))
    except DatasetError as error:
        raise DatasetError(f"{title} cannot be used: {error}") from error


def _byte_labels(labels: NDArray[Any]) -> UInt8Array:
    if labels.dtype == np.uint8 or labels.dtype.kind not in "iu" or not labels.size:
        return labels
    outside = labels[(labels < 0) | (labels >= N_CLASSES)]
    if outside.size:
        raise DatasetError(f"A label is out of range. Expected 0 to {N_CLASSES - 1}. Received: {outside[0]}.")
    return labels.astype(np.uint8)


def _find_part(folder: Path, part: str, dimensions: int) -> Path | None:
    for separator in ("-", "."):
        for suffix in ("", ".gz"):
            path = folder / f"{part}{separator}idx{dimensions}-ubyte{suffix}"
            if path.is_file():
                return path
    return None
