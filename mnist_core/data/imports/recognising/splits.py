"""Joins blocks of images into one data set, and tells the training images from the test images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.imports.recognising.blocks import Block, Part
from mnist_core.data.imports.recognising.conversion import byte_images
from mnist_core.data.imports.recognising.image_arrays import check_count
from mnist_core.data.imports.recognising.labels import TEN_IS_ZERO, byte_labels
from mnist_core.data.imports.recognising.one_orientation import Source
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Joined:
    """The images of all blocks as bytes.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: uint8 (N,).
        is_test: bool (N,); None if nothing tells which images are of the test split.
        has_tens: whether all labels were 1 to 10, and 10 was taken for the digit 0.
        sources: the rows of each block.
    """

    images: UInt8Array
    labels: UInt8Array
    is_test: NDArray[np.bool_] | None
    has_tens: bool
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def join(blocks: Sequence[Block]) -> Joined:
    """Convert and join blocks; those of the test split come last.

    Raises:
        DatasetError: images or labels of a block are not valid, or there are too many.
    """
    ordered, n_test_blocks, notes = _told_apart(list(blocks))
    check_count(sum(len(block.images) for block in ordered), "The import")
    parts, labels, changes = [], [], list[tuple[str, ...]]()
    for block in ordered:
        if len(block.labels) != len(block.images):
            raise DatasetError(
                f"{block.title} has {counted(len(block.images), 'image')} but {block.labels_title} has "
                f"{counted(len(block.labels), 'label')}. Expected one label for each image."
            )
        found, label_notes = byte_labels(block.labels, block.labels_title)
        images, image_notes = byte_images(block.images, block.title)
        labels.append(found)
        parts.append(images)
        changes.append((*block.notes, *label_notes, *image_notes))
    n_train = sum(len(part) for part in parts[: len(parts) - n_test_blocks])
    n = sum(len(part) for part in parts)
    return Joined(
        images=np.concatenate(parts),
        labels=np.concatenate(labels),
        is_test=np.arange(n) >= n_train if n_test_blocks else None,
        has_tens=all(TEN_IS_ZERO in its for its in changes),
        sources=_sources(ordered),
        notes=_merged(ordered, changes) + notes,
    )


def _sources(blocks: list[Block]) -> tuple[Source, ...]:
    ends = np.cumsum([0, *(len(block.images) for block in blocks)]).tolist()
    return tuple(
        Source(title=_title(block, blocks), rows=slice(*its)) for block, its in zip(blocks, pairwise(ends), strict=True)
    )


def _title(block: Block, blocks: list[Block]) -> str:
    """The title, with the part of the data set if another block has the same one, as the pictures of an archive do."""
    is_shared = sum(other.title == block.title for other in blocks) > 1
    return f"{block.title} ({block.part or 'other images'})" if is_shared else block.title


def _told_apart(blocks: list[Block]) -> tuple[list[Block], int, tuple[str, ...]]:
    """The blocks with those of the test split last, how many these are, and what was joined."""
    tests = [block for block in blocks if block.part is Part.TEST]
    rest = [block for block in blocks if block.part is not Part.TEST]
    if tests and rest:
        return rest + tests, len(tests), _joined_note(rest, "training") + _joined_note(tests, "test")
    if tests:
        return tests, 0, _joined_note(tests, "all")
    validation = [block for block in rest if block.part is Part.VALIDATION]
    others = [block for block in rest if block.part is not Part.VALIDATION]
    if validation and others:
        note = f"The images called validation became the test split: {_titles(validation)}."
        return others + validation, len(validation), (*_joined_note(others, "training"), note)
    if _are_two_pairs_of_one_file(rest):
        train, test = sorted(rest, key=lambda block: -len(block.images))  # stable: of equal ones the first trains
        which = "second" if len(train.images) == len(test.images) else "smaller"
        note = f"The {which} pair became the test split: {test.title} and {test.labels_title}."
        return [train, test], 1, (note,)
    return rest, 0, _joined_note(rest, "all")


def _are_two_pairs_of_one_file(blocks: list[Block]) -> bool:
    """Whether there are just two pairs of arrays, in the same file, and no name says which is for testing."""
    if len(blocks) != 2 or any(block.part is not Part.UNKNOWN for block in blocks):
        return False
    return blocks[0].pair_in is not None and blocks[0].pair_in is blocks[1].pair_in


def _joined_note(blocks: list[Block], use: str) -> tuple[str, ...]:
    if len(blocks) < 2:
        return ()
    what = "and the test split was drawn from them at random" if use == "all" else f"as {use} images"
    hint = "; put train and test into their names to tell them apart" if use == "all" else ""
    return (f"{len(blocks)} sources were joined, {what}: {_titles(blocks)}{hint}.",)


def _titles(blocks: list[Block]) -> str:
    return listed([_title(block, blocks) for block in blocks], 4)


def _merged(blocks: list[Block], changes: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Notes that hold for all blocks once, others with the name of what they hold for."""
    notes: list[str] = []
    for block, its in zip(blocks, changes, strict=True):
        for note in its:
            is_common = all(note in others for others in changes)
            text = note if is_common else f"{_title(block, blocks)}: {note}"
            if text not in notes:
                notes.append(text)
    return tuple(notes)
