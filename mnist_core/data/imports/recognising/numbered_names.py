"""Arrays whose names number them, such as the parts img_0, img_1 and img_2 of one set."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mnist_core.data.imports.recognising.blocks import NamedArray

NUMBER = re.compile(r"\d+")
NO_NUMBER = re.compile(r"idx\d|t10k|\.npy|\.np[yz]|\.h5|\.bz2")  # words of file names that number nothing
MAX_DIGITS = 9
SAME = 2


def numbers_of(array: NamedArray) -> tuple[int, ...]:
    """The numbers in the name of an array and in the path of its file."""
    return tuple(int(number[:MAX_DIGITS]) for number in NUMBER.findall(_path(array)))


def in_number_order(arrays: Sequence[NamedArray]) -> list[list[NamedArray]]:
    """The groups of two or more arrays that are called alike but for their numbers, each in the order of these.

    In a folder img_10 comes before img_2; as parts of one set it comes after.
    """
    groups: dict[str, list[NamedArray]] = {}
    for array in arrays:
        groups.setdefault(NUMBER.sub("#", _path(array)), []).append(array)
    return [sorted(group, key=numbers_of) for group in groups.values() if len(group) > 1]


def likeness(one: NamedArray, other: NamedArray) -> int:
    """How far two names have the same numbers: `SAME` for all of them, 1 for the last one, else 0."""
    numbers, others = numbers_of(one), numbers_of(other)
    if not numbers or not others:
        return 0
    return SAME if numbers == others else int(numbers[-1] == others[-1])


def _path(array: NamedArray) -> str:
    return NO_NUMBER.sub("", "/".join((*array.file.parts, array.name)).lower())
