"""What readers find in files: arrays without a label, and images that have theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.recognising.image_arrays import Stack, shown_shape

WORDS = re.compile(r"t10k|[a-z]+")


class Part(StrEnum):
    """The part of a data set that a name speaks of."""

    TRAIN = "train"
    TEST = "test"
    VALIDATION = "validation"
    UNKNOWN = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RowKey:
    """Numbers or names of rows.

    Attributes:
        name: of the column, in small letters; empty without a header.
        values: (N,), numbers or texts.
    """

    name: str
    values: NDArray[Any]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NamedArray:
    """An array in a file.

    Attributes:
        name: its own name in the file; empty if the file holds nothing else.
        file: the file.
        may_have_header: whether the first value may be the header of the only column of a table, which pandas calls 0.
        notes: sentences on what was left out of it.
        keys: columns of its table that number or name the rows.
    """

    name: str
    file: Upload
    values: NDArray[Any]
    may_have_header: bool = False
    notes: tuple[str, ...] = ()
    keys: tuple[RowKey, ...] = ()

    @property
    def title(self) -> str:
        """The name for a message."""
        return f"{self.name[:60]} in {self.file.title}" if self.name else self.file.title

    @property
    def part(self) -> Part:
        """The part of a data set that its name, its file's or one of its folders' speaks of; the nearest one counts."""
        return part_of(self.name, *reversed(self.file.parts), self.file.archive)

    @property
    def shape(self) -> str:
        return shown_shape(self.values)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Block:
    """Images with their labels.

    Attributes:
        labels: one for each image, not checked yet.
        title: of the images, for a message.
        labels_title: of the labels, for a message.
        part: the part of a data set that they are.
        pair_in: the file of arrays in which images and labels are a pair; None for pictures, tables, and arrays of a
            class each. Of two pairs in one file, one is for testing.
    """

    images: Stack
    labels: NDArray[Any]
    title: str
    labels_title: str
    part: Part
    pair_in: Upload | None = None
    notes: tuple[str, ...] = ()


def by_part(block: Block, parts: Sequence[Part]) -> list[Block]:
    """A block of the rows of each part; `parts` has one for each row, () leaves the block as it is."""
    blocks = []
    for part in dict.fromkeys(parts):
        rows = np.array([its is part for its in parts])
        images = replace(block.images, values=block.images.values[rows])
        blocks.append(replace(block, images=images, labels=block.labels[rows], part=part))
    return blocks or [block]


def part_of(*names: str) -> Part:
    """The part that the first name that speaks of exactly one speaks of."""
    for name in names:
        found = {part for word in WORDS.findall(name.lower()) if (part := _part_of_word(word)) is not Part.UNKNOWN}
        if len(found) == 1:
            return found.pop()
    return Part.UNKNOWN


SHORT_WORDS = {
    Part.TRAIN: ("tr", "trn", "xtr", "ytr", "xtrn", "ytrn"),
    Part.VALIDATION: ("val", "valid", "dev", "xval", "yval", "xva", "yva"),
    Part.TEST: ("eval", "evaluation", "holdout", "t10k", "te", "tst", "xte", "yte", "xtst", "ytst"),
}
NO_TEST = ("latest", "greatest", "contest", "protest", "attest")


def _part_of_word(word: str) -> Part:
    if "train" in word or word in SHORT_WORDS[Part.TRAIN]:
        return Part.TRAIN
    if "validation" in word or word in SHORT_WORDS[Part.VALIDATION]:
        return Part.VALIDATION
    if word in SHORT_WORDS[Part.TEST]:
        return Part.TEST
    if "test" in word and not any(other in word for other in NO_TEST):
        return Part.TEST
    return Part.UNKNOWN
