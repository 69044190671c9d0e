"""Arrays of images that are called by their digit, such as train0 to train9, or 0.npy to 9.npy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.imports.recognising.blocks import Block, NamedArray
from mnist_core.data.imports.recognising.conversion import byte_images
from mnist_core.data.imports.recognising.image_arrays import Stack
from mnist_core.data.imports.recognising.labels import TEN, TEN_IS_ZERO, label_of
from mnist_core.data.imports.recognising.orientation import MIN_ACCURACY, agreement
from mnist_core.data.imports.recognising.parts_in_order import stacks_of_one_size
from mnist_core.errors import DatasetError

NUMBERED = re.compile(r"[a-z _-]*(10|[0-9])")
NAMED = "The labels are the digits in the names of the arrays."
MIN_NAMED = 8  # of the ten classes: two or three parts of one set are numbered just so
COMPARED = 20  # images of each array
COUNTED_FROM_1 = "The names 1 to 10 stand for the digits 0 to 9, as the digits show."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NamedClasses:
    """Arrays that may be called by their digit.

    Attributes:
        arrays: with the number in the name of each, 0 to 10.
        blocks: of the images with these labels; empty if the images contradict them, or too few classes are named.
        is_certain: whether the images look like the digits that they are called.
    """

    arrays: tuple[tuple[NamedArray, int], ...]
    blocks: tuple[Block, ...] = ()
    is_certain: bool = False


def named_classes(images: Sequence[NamedArray]) -> NamedClasses:
    """What the names of arrays of images tell, and whether the images agree: parts and folds are numbered, too."""
    numbers = [(array, number) for array in images if (number := _number(array)) is not None]
    named = NamedClasses(arrays=tuple(numbers))
    labels = [number for _, number in numbers]
    has_tens = TEN in labels
    if len(set(labels)) < MIN_NAMED or (has_tens and 0 in labels):
        return named
    stacked = next(iter(stacks_of_one_size([array for array, _ in numbers])), None)
    if stacked is None:
        return named
    ways = [([number % TEN for number in labels], (TEN_IS_ZERO,) if has_tens else ())]
    if has_tens:
        ways.append(([number - 1 for number in labels], (COUNTED_FROM_1,)))
    shares = [_agreement(stacked, digits) for digits, _ in ways]
    best = max(range(len(ways)), key=lambda way: shares[way] or 0)
    is_certain = (shares[best] or 0) >= MIN_ACCURACY
    is_complete = len(set(ways[0][0])) == N_CLASSES
    if not is_certain and not (is_complete and shares[best] is None):
        return named
    blocks = [
        Block(
            images=stack, labels=np.full(len(stack), digit), title=array.title, labels_title=array.title,
            part=array.part, notes=(NAMED, *ways[best][1]),
        )
        for (array, _), stack, digit in zip(numbers, stacked, ways[best][0], strict=True)
    ]  # fmt: skip
    return replace(named, blocks=tuple(blocks), is_certain=is_certain)


def hint(named: NamedClasses) -> str:
    """The sentence on names that are not taken for labels, with a blank after it; empty where there are none."""
    if len(named.arrays) < 2:
        return ""
    return (
        f"The numbers in the names count as labels only if {MIN_NAMED} or more of the ten classes are named, "
        "and the images look like these digits. "
    )


def _number(array: NamedArray) -> int | None:
    """The digit that the name of an array, or of a file that holds nothing else, is; None for another name."""
    name = array.name or re.sub(r"\.[a-z]+$", "", (array.file.parts or ("",))[-1].lower())
    match = NUMBERED.fullmatch(name.lower())
    return int(match[1]) if match else label_of(name)


def _agreement(stacked: Sequence[Stack], digits: Sequence[int]) -> float | None:
    """The share of some images of each array that look like its digit; None if they are too few or show nothing."""
    images, labels = [], []
    for stack, digit in zip(stacked, digits, strict=True):
        rows = np.unique(np.linspace(0, max(len(stack) - 1, 0), min(COMPARED, len(stack))).astype(np.int64))
        try:
            images.append(byte_images(Stack(values=stack.values[rows]), "")[0])
        except DatasetError:
            continue  # an array that shows nothing is reported when it is joined with the others
        labels.append(np.full(len(rows), digit, np.uint8))
    return agreement(np.concatenate(images), np.concatenate(labels)) if images else None
