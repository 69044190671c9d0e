"""Pictures in folders called by their digit: `7/a.png`, or `train/7/a.png` and `test/7/b.png`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_core.data.imports.files.unpacking import DAMAGED as DAMAGED_ARCHIVE
from mnist_core.data.imports.files.uploads import Upload, counted, short_text
from mnist_core.data.imports.formats.picture_labels import picture_labels
from mnist_core.data.imports.formats.pictures import DAMAGED, Decoding, Picture, are_too_many, stacked
from mnist_core.data.imports.limits import MAX_PICTURE_BYTES
from mnist_core.data.imports.recognising.blocks import Block, Part, part_of
from mnist_core.data.imports.recognising.image_arrays import Stack, check_count
from mnist_core.errors import DatasetError

Labelled = tuple[Picture, int, Part]


def read_pictures(uploads: Sequence[Upload]) -> tuple[list[Block], tuple[str, ...]]:
    """Blocks of pictures with their labels, with notes on what was done to them.

    A picture that cannot be used is left out and named.

    Raises:
        DatasetError: too many pictures have no label or cannot be used.
    """
    check_count(len(uploads), "The import")
    title = uploads[0].archive or "the import"
    labels, notes = picture_labels([upload.parts for upload in uploads])
    _check_labelled(uploads, labels, title)
    decoding, found = Decoding(), list[Labelled]()
    for upload, label in zip(uploads, labels, strict=True):
        if label is None:
            decoding.leave_out(upload.path, "in no folder called 0 to 9")
            continue
        content = _content(upload)
        if content is None:
            decoding.leave_out(upload.path, "damaged or cut off")
        elif (picture := decoding.decode(content, upload.path)) is not None:
            found.append((picture, label, part_of(*reversed(upload.parts[:-1]), upload.archive)))
    decoding.check(title)
    return picture_blocks(found, title), notes + decoding.notes()


def picture_blocks(pictures: Sequence[Labelled], title: str) -> list[Block]:
    """A block for each part and each depth of pictures."""
    blocks = []
    for part in Part:
        for is_deep in (False, True):
            chosen = [
                (picture, label) for picture, label, its in pictures if its is part and picture.is_deep == is_deep
            ]
            if chosen:
                block = Block(
                    images=Stack(values=stacked(picture for picture, _ in chosen)),
                    labels=np.array([label for _, label in chosen]),
                    title=title,
                    labels_title=title,
                    part=part,
                    file=title,
                )
                blocks.append(block)
    return blocks


def _content(upload: Upload) -> bytes | None:
    """The bytes of a picture; None if its archive is damaged there."""
    try:
        with upload.stream() as stream:
            return stream.read(MAX_PICTURE_BYTES + 1)
    except (*DAMAGED_ARCHIVE, *DAMAGED):
        return None


def _check_labelled(uploads: Sequence[Upload], labels: Sequence[int | None], title: str) -> None:
    without = [upload for upload, label in zip(uploads, labels, strict=True) if label is None]
    if not are_too_many(len(without), len(uploads)):
        return
    first = without[0]
    folder = short_text(first.parts[-2]) if len(first.parts) > 1 else "no folder"
    raise DatasetError(
        f"{counted(len(without), 'picture')} of {len(uploads):,} in {title} "
        f"{'has' if len(without) == 1 else 'have'} no label, such as {first.path}. "
        f"Expected pictures in folders called 0 to 9, one for each class, such as 7/a.png. Received: {folder}. "
        "Put the pictures of each class in a folder called by its digit, and pack these folders."
    )
