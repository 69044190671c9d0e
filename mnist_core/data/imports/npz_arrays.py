"""Images and labels in an npz archive."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from mnist_core.data.dataset import Split
from mnist_core.data.imports.arrays import byte_images, byte_labels
from mnist_core.data.imports.uploads import OldReading, Upload
from mnist_core.data.sources.npz import parse_npz
from mnist_core.errors import DatasetError

TRAIN_NAMES = (("x_train", "y_train"), ("train_images", "train_labels"))
TEST_NAMES = (("x_test", "y_test"), ("test_images", "test_labels"))
ALL_NAMES = (("x", "y"), ("images", "labels"), ("data", "target"), ("data", "labels"), ("arr_0", "arr_1"))

Arrays = dict[str, NDArray[Any]]


def read_npz_upload(upload: Upload) -> OldReading:
    """The arrays `x_train`, `y_train` (and `x_test`, `y_test`), or `images` and `labels`, or one of their usual names.

    Raises:
        DatasetError: the archive is damaged, its arrays have other names, or do not hold images and digits.
    """
    wanted = {name for pair in (*TRAIN_NAMES, *TEST_NAMES, *ALL_NAMES) for name in pair}
    found = parse_npz(upload.stream(), upload.title)
    arrays = {name.lower(): array for name, array in found.items() if name.lower() in wanted}
    whole = _find(arrays, TRAIN_NAMES) or _find(arrays, ALL_NAMES)
    if whole is None:
        names = ", ".join(name[:30] for name in list(found)[:8]) or "nothing"
        raise DatasetError(
            f"Unknown names of arrays in {upload.title}. Expected images and labels, or x_train and y_train. "
            f"Received: {names}."
        )
    images, notes = _split(arrays, whole, upload.title)
    testing = _find(arrays, TEST_NAMES)
    if testing is None:
        return OldReading(images=images, notes=notes)
    test, test_notes = _split(arrays, testing, upload.title)
    return OldReading(images=images, test=test, notes=tuple(dict.fromkeys(notes + test_notes)))


def _find(arrays: Arrays, pairs: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    return next((pair for pair in pairs if pair[0] in arrays and pair[1] in arrays), None)


def _split(arrays: Arrays, names: tuple[str, str], title: str) -> tuple[Split, tuple[str, ...]]:
    images, labels = arrays[names[0]], arrays[names[1]]
    n_images, n_labels = (len(array) if array.ndim else 0 for array in (images, labels))
    if n_images != n_labels:
        raise DatasetError(f"{title} has {n_images:,} images in {names[0]} but {n_labels:,} labels in {names[1]}.")
    digits = byte_labels(labels, f"{names[1]} in {title}")
    pixels, notes = byte_images(images, f"{names[0]} in {title}")
    return Split(images=pixels, labels=digits), notes
