"""Images in several arrays with all labels in one, or the other way round: parts that their names put in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from mnist_core.data.imports.recognising.blocks import NamedArray, Part
from mnist_core.data.imports.recognising.image_arrays import Stack, stacks
from mnist_core.data.imports.recognising.numbered_names import in_number_order


def image_parts(images: Sequence[NamedArray], n_labels: int, part: Part) -> list[tuple[NamedArray, Stack]] | None:
    """The arrays, in order, that together hold as many images as there are labels; None unless there is one such group.

    Args:
        part: of the data set that the labels are of.
    """
    groups = [group for group in in_number_order(images) if _are_of_one_part(group, part)]
    found = [parts for group in groups if (parts := _stacked(group, n_labels)) is not None]
    return found[0] if len(found) == 1 else None


def label_parts(
    labels: Sequence[tuple[NamedArray, NDArray[Any]]], n_images: int, part: Part
) -> list[tuple[NamedArray, NDArray[Any]]] | None:
    """The arrays of labels, in order, that together are as many as there are images; None unless there is one group."""
    values = {id(array): its for array, its in labels}
    groups = [
        group
        for group in in_number_order([array for array, _ in labels])
        if _are_of_one_part(group, part) and sum(len(values[id(array)]) for array in group) == n_images
    ]
    return [(array, values[id(array)]) for array in groups[0]] if len(groups) == 1 else None


def stacks_of_one_size(arrays: Sequence[NamedArray]) -> list[list[Stack]]:
    """The ways in which some arrays hold images of the same size: a stack for each array."""
    possible = [{stack.size: stack for stack in reversed(stacks(array.values))} for array in arrays]
    sizes = [size for size in possible[0] if all(size in its for its in possible)] if possible else []
    square_first = sorted(sizes, key=lambda size: size[0] != size[1])
    return [[its[size] for its in possible] for size in square_first]


def _are_of_one_part(group: Sequence[NamedArray], part: Part) -> bool:
    return len({part, *(array.part for array in group)} - {Part.UNKNOWN}) <= 1


def _stacked(group: Sequence[NamedArray], n: int) -> list[tuple[NamedArray, Stack]] | None:
    for found in stacks_of_one_size(group):
        if sum(map(len, found)) == n:
            return list(zip(group, found, strict=True))
    return None
