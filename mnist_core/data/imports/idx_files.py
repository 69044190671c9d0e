"""Images and labels in two IDX files, or in four with a test split."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_core.data.dataset import Split, UInt8Array
from mnist_core.data.imports.arrays import byte_images, byte_labels
from mnist_core.data.imports.uploads import OldReading, Upload
from mnist_core.data.sources.idx import MAX_BYTES, parse_idx
from mnist_core.errors import DatasetError

TEST_MARKS = ("t10k", "test")


def read_idx_uploads(uploads: Sequence[Upload]) -> OldReading:
    """Two files, one of images and one of labels, or four: a pair whose names hold `t10k` or `test`, and another pair.

    Raises:
        DatasetError: a file is damaged, or the files are not pairs.
    """
    if len(uploads) not in (2, 4):
        names = ", ".join(upload.title for upload in uploads)
        raise DatasetError(
            f"IDX files come in pairs. Expected one of images and one of labels, or four files. Received: {names}."
        )
    if len(uploads) == 2:
        images, notes = _read_pair(uploads)
        return OldReading(images=images, notes=notes)
    testing = [upload for upload in uploads if any(mark in upload.name.lower() for mark in TEST_MARKS)]
    if len(testing) != 2:
        raise DatasetError(
            "The test split cannot be found. Expected t10k or test in the names of two of the four files."
        )
    images, notes = _read_pair([upload for upload in uploads if upload not in testing])
    test, test_notes = _read_pair(testing)
    return OldReading(images=images, test=test, notes=tuple(dict.fromkeys(notes + test_notes)))


def _read_pair(uploads: Sequence[Upload]) -> tuple[Split, tuple[str, ...]]:
    arrays = sorted(((_parse(upload), upload.title) for upload in uploads), key=lambda item: item[0].ndim)
    (labels, labels_title), (images, images_title) = arrays
    if (labels.ndim, images.ndim) != (1, 3):
        titles = " and ".join(upload.title for upload in uploads)
        raise DatasetError(f"{titles} are not a pair. Expected one IDX file of images and one of labels.")
    if len(images) != len(labels):
        raise DatasetError(f"{images_title} has {len(images):,} images but {labels_title} has {len(labels):,} labels.")
    digits = byte_labels(labels, labels_title)
    pixels, notes = byte_images(images, images_title)
    return Split(images=pixels, labels=digits), notes


def _parse(upload: Upload) -> UInt8Array:
    return parse_idx(upload.stream(), upload.title, max_bytes=MAX_BYTES)
