"""Pictures with labels by their folders, such as `train/7/a.png`, or by a list that names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.imports.files.unpacking import DAMAGED as DAMAGED_ARCHIVE
from mnist_core.data.imports.files.uploads import Upload, short_text
from mnist_core.data.imports.formats.listed_labels import listed_labels
from mnist_core.data.imports.formats.picture_labels import NamedLabels, picture_labels
from mnist_core.data.imports.formats.picture_lists import PictureList
from mnist_core.data.imports.formats.picture_names import PictureNames
from mnist_core.data.imports.formats.pictures import (
    DAMAGED,
    Decoding,
    Picture,
    PictureError,
    are_too_many,
    decoded_picture,
    stacked,
)
from mnist_core.data.imports.limits import MAX_NAMED, MAX_PICTURE_BYTES
from mnist_core.data.imports.recognising.blocks import Block, Part
from mnist_core.data.imports.recognising.image_arrays import Stack, check_count
from mnist_core.data.imports.recognising.labels import counted_from_1
from mnist_core.data.imports.recognising.orientation import agreement, compared_rows
from mnist_core.data.imports.recognising.scale import Scale, scale_of
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed, word_for

Labelled = tuple[Picture, int, Part]
MAX_DEEP = 65535


def read_pictures(
    uploads: Sequence[Upload], lists: Sequence[PictureList], names: PictureNames, beside: Sequence[str] = ()
) -> tuple[list[Block], tuple[str, ...]]:
    """Blocks of pictures with their labels, with notes on what was done to them.

    A picture that cannot be used is left out and named.

    Args:
        lists: that name the labels of pictures; without any, folders and names of files tell.
        names: of the pictures.
        beside: notes on other files, for the error if there are no labels: they may have been meant for them.

    Raises:
        DatasetError: too many pictures have no label or cannot be used.
    """
    check_count(len(uploads), "The import")
    title = uploads[0].archive or "the import"
    told = listed_labels(lists, uploads, names)
    labels, notes, block_notes = told.labels, told.notes, tuple[str, ...]()
    if not told.lists:
        named, more = picture_labels([upload.parts for upload in uploads], _Comparison(uploads).agreement)
        labels, block_notes = named.labels, named.block_notes
        told.problems.update(dict.fromkeys(named.doubtful, "in folders of two digits"))
        _check_labelled(uploads, labels, title, (*notes, *beside))
        notes += more
    decoding, found, unnamed = Decoding(), list[Labelled](), list[str]()
    for row, (upload, label) in enumerate(zip(uploads, labels, strict=True)):
        if label is None and told.lists and row not in told.problems:
            unnamed.append(upload.path)
        elif label is None:
            decoding.leave_out(upload.path, told.problems.get(row, "in no folder called 0 to 9"))
        elif (picture := _decoded(upload, decoding)) is not None:
            found.append((picture, label, told.parts.get(row) or names.parts[row]))
    decoding.check(title)
    blocks = picture_blocks(found, title, block_notes)
    return blocks, (*notes, *_unnamed_note(unnamed, told.lists), *decoding.notes())


class _Comparison:
    """Compares some pictures with digits, each of which is decoded once, to tell which names are labels."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._uploads = uploads
        self._decoded = cache(self._image)

    def agreement(self, named: NamedLabels) -> float | None:
        """The share of the compared pictures that look like the digits that their names tell; None without enough."""
        rows = np.flatnonzero([label is not None for label in named.labels])
        labels = np.array([named.labels[row] for row in rows], np.uint8)
        chosen = compared_rows(labels)
        images = [self._decoded(row) for row in rows[chosen].tolist()]
        kept = [number for number, image in enumerate(images) if image is not None]
        if not kept:
            return None
        stack = np.stack([image for image in images if image is not None])
        shares = [agreement(stack, labels[chosen][kept])]
        if named.has_tens:
            shares.append(agreement(stack, counted_from_1(labels[chosen][kept])))
        return max((share for share in shares if share is not None), default=None)

    def _image(self, row: int) -> UInt8Array | None:
        """A picture as bytes from its darkest to its lightest pixel; None if it cannot be used."""
        try:
            values = decoded_picture(_content(self._uploads[row]) or b"").values.astype(np.float64)
        except PictureError:
            return None
        low, high = values.min(), values.max()
        return np.asarray((values - low) * (255 / max(high - low, 1e-9)), np.uint8)


def _unnamed_note(unnamed: list[str], lists: Sequence[str]) -> tuple[str, ...]:
    """The sentence on pictures that no list names, such as those of a competition's test split."""
    if not unnamed:
        return ()
    has, was = word_for(len(unnamed), "has", "have"), word_for(len(unnamed), "was", "were")
    names = listed([*lists], MAX_NAMED)
    return (
        f"{counted(len(unnamed), 'picture')} {has} no row in {names} and {was} left out: {listed(unnamed, MAX_NAMED)}.",
    )


def _decoded(upload: Upload, decoding: Decoding) -> Picture | None:
    content = _content(upload)
    if content is None:
        decoding.leave_out(upload.path, "damaged or cut off")
        return None
    return decoding.decode(content, upload.path)


def picture_blocks(pictures: Sequence[Labelled], title: str, notes: tuple[str, ...] = ()) -> list[Block]:
    """A block for each part of the pictures; the notes hold for all of them."""
    pictures, depth_notes = _of_one_depth(pictures, title)
    blocks = []
    for part in Part:
        chosen = [(picture, label) for picture, label, its in pictures if its is part]
        if chosen:
            block = Block(
                images=Stack(values=stacked(picture for picture, _ in chosen)),
                labels=np.array([label for _, label in chosen]),
                title=title,
                labels_title=title,
                part=part,
                notes=(*notes, *depth_notes),
            )
            blocks.append(block)
    return blocks


def _of_one_depth(pictures: Sequence[Labelled], title: str) -> tuple[Sequence[Labelled], tuple[str, ...]]:
    """Deep pictures among others as bytes, by the scale that all deep ones have, with notes."""
    deep = [picture for picture, _, _ in pictures if picture.is_deep]
    if len(deep) in (0, len(pictures)):
        return pictures, ()
    stack = Stack(values=stacked(deep))
    is_blank = stack.values.min() == stack.values.max()
    scale = Scale(low=0, high=MAX_DEEP) if is_blank else scale_of(stack.grey_sample(), title)
    levels, n_clipped = scale.to_bytes(stack.values)
    scaled = iter(levels)
    has = word_for(len(deep), "has", "have")
    return [
        (replace(picture, values=next(scaled)) if picture.is_deep else picture, label, part)
        for picture, label, part in pictures
    ], (
        f"{len(deep):,} of {counted(len(pictures), 'picture')} {has} more than a byte per pixel.",
        *scale.notes(n_clipped, stack.values.size),
    )


def _content(upload: Upload) -> bytes | None:
    """The bytes of a picture; None if its archive is damaged there."""
    try:
        with upload.stream() as stream:
            return stream.read(MAX_PICTURE_BYTES + 1)
    except (*DAMAGED_ARCHIVE, *DAMAGED):
        return None


def _check_labelled(uploads: Sequence[Upload], labels: Sequence[int | None], title: str, notes: Sequence[str]) -> None:
    """Raise if too many pictures have no label; notes say why lists did not help."""
    without = [upload for upload, label in zip(uploads, labels, strict=True) if label is None]
    if not are_too_many(len(without), len(uploads)):
        return
    first = without[0]
    folder = short_text(first.parts[-2]) if len(first.parts) > 1 else "no folder"
    raise DatasetError(
        f"{counted(len(without), 'picture')} of {len(uploads):,} in {title} "
        f"{word_for(len(without), 'has', 'have')} no label, such as {first.path}. "
        f"Expected pictures in folders called 0 to 9, one for each class, such as 7/a.png. Received: {folder}. "
        "Put the pictures of each class in a folder called by its digit, and pack these folders; or add a CSV file "
        f"with the name and the label of each picture. {' '.join(notes)}".rstrip()
    )
