"""Pairs arrays of images with arrays of labels: by their length, and where that leaves a choice, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.imports.recognising.blocks import Block, NamedArray, Part, by_part, part_of
from mnist_core.data.imports.recognising.image_arrays import Stack, stacks
from mnist_core.data.imports.recognising.labels import are_labels, flat_labels
from mnist_core.data.imports.recognising.named_classes import NamedClasses, named_classes
from mnist_core.data.imports.recognising.numbered_names import SAME, in_number_order, likeness
from mnist_core.data.imports.recognising.parts_in_order import image_parts, label_parts
from mnist_core.data.imports.recognising.row_keys import in_order_of, joined_sides, side_of
from mnist_core.data.imports.recognising.split_columns import SplitSearch, is_flag, splits_note
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed

LABEL_WORDS = re.compile(r"label|target|class|digit|answer|(^|[^a-z])(y|lab|lbl)([^a-z]|$)|^y")
IMAGE_WORDS = re.compile(r"image|img|pixel|picture|data|(^|[^a-z])x([^a-z]|$)|^x")
MAX_CODES = 10  # labels: so few beside more images are a list of the classes


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Labels:
    array: NamedArray
    values: NDArray[Any]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Match:
    images: Stack
    labels: _Labels
    rank: int


def pair(arrays: Sequence[NamedArray]) -> tuple[list[Block], list[NamedArray]]:
    """Blocks of images with labels, and the arrays that were not used.

    Raises:
        DatasetError: images could belong to several labels; names them.
    """
    arrays = _without_headers(arrays)
    label_arrays = [labels for array in arrays if not is_flag(array.name) and (labels := _labels_of(array)) is not None]
    image_arrays = [array for array in arrays if stacks(array.values) and not is_surely_labels(array)]
    if by_class := _named_by_class(image_arrays, label_arrays):
        used = {id(array) for array, _ in by_class.arrays}
        return list(by_class.blocks), [array for array in arrays if id(array) not in used]
    blocks: list[Block] = []
    used = set()
    for array, match in _matches(image_arrays, label_arrays):
        splits, parts = _splits_of(array, len(match.images), arrays)
        block = _block(array, _with_keys(array, match, arrays))
        if splits is not None:
            block = replace(block, notes=(*block.notes, splits_note(splits.title)), pair_in=None)
        blocks += by_part(block, parts)
        used |= {id(array), id(match.labels.array), id(splits)}
    for in_parts in (_images_in_parts, _labels_in_parts):
        free_images = [array for array in image_arrays if id(array) not in used]
        free_labels = [labels for labels in label_arrays if id(labels.array) not in used]
        for found, its in in_parts(free_images, free_labels, arrays):
            blocks += found
            used |= {id(array) for array in its}
    return blocks, [array for array in arrays if id(array) not in used]


def _named_by_class(images: Sequence[NamedArray], labels: Sequence[_Labels]) -> NamedClasses | None:
    """Arrays of images that are called by their digit, unless there are labels, or something that could be some."""
    image_ids = {id(array) for array in images}
    rivals = [
        its for its in labels
        if id(its.array) not in image_ids and len(its.values) > MAX_CODES and are_labels(its.values)
    ]  # fmt: skip
    if any(is_named_labels(its.array) for its in rivals):
        return None
    found = named_classes(images)
    return found if found.blocks and (found.is_certain or not rivals) else None


def _images_in_parts(
    images: Sequence[NamedArray], labels: Sequence[_Labels], arrays: Sequence[NamedArray]
) -> list[tuple[list[Block], list[NamedArray]]]:
    """Blocks of images in several arrays whose labels are in one, with the arrays that were used."""
    candidates = sorted((its for its in labels if _may_be_labels(its)), key=lambda its: not is_named_labels(its.array))
    found = []
    free = list(images)
    for its in candidates:
        parts = image_parts([array for array in free if array is not its.array], len(its.values), its.array.part)
        if parts is None:
            continue
        used = [array for array, _ in parts]
        free = [array for array in free if array not in used]
        splits, of_rows = _splits_of(used[0], len(its.values), arrays)
        titles = listed([array.title for array in used], 4)
        notes = [f"The labels in {its.array.title} are those of {titles}, in this order."]
        notes += [splits_note(splits.title)] if splits else []
        side = joined_sides([side_of(array, len(stack), arrays) for array, stack in parts], titles)
        values, key_notes = in_order_of(side, side_of(its.array, len(its.values), arrays), parts[0][1], its.values)
        blocks: list[Block] = []
        done = 0
        for array, stack in parts:
            rows = slice(done, done + len(stack))
            block = _block(array, _Match(images=stack, labels=replace(its, values=values[rows]), rank=0))
            blocks += by_part(replace(block, notes=(*block.notes, *notes, *key_notes), pair_in=None), of_rows[rows])
            done += len(stack)
        found.append((blocks, [*used, its.array, *([splits] if splits else [])]))
    return found


def _labels_in_parts(
    images: Sequence[NamedArray], labels: Sequence[_Labels], arrays: Sequence[NamedArray]
) -> list[tuple[list[Block], list[NamedArray]]]:
    """Blocks of images in one array whose labels are in several, with the arrays that were used."""
    candidates = [(its.array, its.values) for its in labels if _may_be_labels(its)]
    found = []
    for array in images:
        for stack in stacks(array.values):
            free = [(its, values) for its, values in candidates if its is not array]
            parts = label_parts(free, len(stack), array.part)
            if parts is None:
                continue
            used = [its for its, _ in parts]
            candidates = [(its, values) for its, values in candidates if its not in used]
            titles = listed([its.title for its in used], 4)
            notes = [f"The labels of {array.title} are in {titles}, in this order."]
            splits, of_rows = _splits_of(array, len(stack), arrays)
            notes += [splits_note(splits.title)] if splits else []
            side = joined_sides([side_of(its, len(values), arrays) for its, values in parts], titles)
            values = np.concatenate([values for _, values in parts])
            values, key_notes = in_order_of(side_of(array, len(stack), arrays), side, stack, values)
            joined = _Labels(array=used[0], values=values, notes=(*notes, *key_notes))
            block = replace(_block(array, _Match(images=stack, labels=joined, rank=0)), pair_in=None)
            found.append((by_part(block, of_rows), [array, *used, *([splits] if splits else [])]))
            break
    return found


def _may_be_labels(labels: _Labels) -> bool:
    return are_labels(labels.values) or is_named_labels(labels.array)


def _with_keys(array: NamedArray, match: _Match, arrays: Sequence[NamedArray]) -> _Match:
    """The match, its labels in the order of the images by a column such as `id`, if they are in different files."""
    labels = match.labels
    if array.file is labels.array.file:
        return match
    sides = [side_of(its, len(match.images), arrays) for its in (array, labels.array)]
    values, notes = in_order_of(sides[0], sides[1], match.images, labels.values)
    return replace(match, labels=replace(labels, values=values, notes=(*labels.notes, *notes)))


def _without_headers(arrays: Sequence[NamedArray]) -> list[NamedArray]:
    """The arrays, single columns without a first value of 0 where only then they are as long as some images."""
    lengths = {len(stack) for array in arrays for stack in stacks(array.values)}
    found = []
    for array in arrays:
        n = len(array.values) if array.may_have_header and array.values.flat[0] == 0 else 0
        if n - 1 in lengths and n not in lengths:
            note = f"The first line of {array.title}, 0, was taken for a header."
            keys = tuple(replace(key, values=key.values[1:]) for key in array.keys)
            array = replace(array, values=array.values[1:], notes=(*array.notes, note), keys=keys)  # noqa: PLW2901
        found.append(array)
    return found


def _splits_of(
    images: NamedArray, n_images: int, arrays: Sequence[NamedArray]
) -> tuple[NamedArray | None, tuple[Part, ...]]:
    """The array in the same file that tells the part of each image, such as `is_test`, with these parts."""
    if part_of(images.name) is not Part.UNKNOWN:
        return None, ()
    telling = [
        array for array in arrays
        if array.file is images.file and array.values.size == n_images
        and (is_flag(array.name) or array.values.dtype.kind in "SUO")
    ]  # fmt: skip
    search = SplitSearch({place: array.name for place, array in enumerate(telling)})
    search.add({place: array.values.reshape(-1).tolist() for place, array in enumerate(telling)})
    if (found := search.found) is None:
        return None, ()
    place, parts = found
    return telling[place], parts


def _matches(images: list[NamedArray], labels: list[_Labels]) -> list[tuple[NamedArray, _Match]]:
    """Each array of images with its labels, in the order of the arrays; the surest first choose their labels."""
    found: list[tuple[NamedArray, _Match]] = []
    free = list(labels)
    order = {id(array): place for place, array in enumerate(images)}
    ranks = {
        id(array): max((match.rank for its in labels if (match := _match(array, its)) is not None), default=0)
        for array in images
    }
    images = sorted(images, key=lambda array: -ranks[id(array)])
    numbered = {
        id(its)
        for all_of in (images, [its.array for its in labels])
        for group in in_number_order(all_of)
        for its in group
    }
    for number, array in enumerate(images):
        matches = [match for label in free if (match := _match(array, label)) is not None]
        best = max((match.rank for match in matches), default=0)
        equal = [match for match in matches if match.rank == best]
        if id(array) in numbered:
            _check_numbers(array, equal, [its for its in labels if id(its.array) in numbered])
        if not equal:
            continue
        if len(equal) > 1:
            rivals = [other for other in images[number:] if _match(other, equal[0].labels) is not None]
            if len(rivals) != len(equal):  # else they are paired in their order
                raise DatasetError(_ambiguous(array, equal))
        found.append((array, equal[0]))
        free.remove(equal[0].labels)
    return sorted(found, key=lambda pair: order[id(pair[0])])


def _check_numbers(array: NamedArray, found: Sequence[_Match], numbered: Sequence[_Labels]) -> None:
    """Raise if images that are numbered get other labels than those of the same number, which are too few or too many.

    Args:
        numbered: labels of which there are several, numbered too.
    """
    own = [its for its in numbered if likeness(array, its.array) == SAME and _may_be_labels(its)]
    if not own or any(likeness(array, match.labels.array) == SAME for match in found):
        return
    if not any(_match(array, its) for its in own):
        raise DatasetError(
            f"{array.title} has {counted(len(stacks(array.values)[0]), 'image')} but {own[0].array.title} has "
            f"{counted(len(own[0].values), 'label')}. Expected one label for each image."
        )


def _match(array: NamedArray, labels: _Labels) -> _Match | None:
    """Images and labels of the same number, whose names speak of the same part."""
    if array is labels.array:
        return None
    is_other_file = array.file is not labels.array.file
    if is_other_file and not is_named_labels(labels.array) and _is_constant(labels.values):
        return None  # such as the sample of a submission, where every answer is 0
    stack = next((stack for stack in stacks(array.values) if len(stack) == len(labels.values)), None)
    parts = {array.part, labels.array.part} - {Part.UNKNOWN}
    if stack is None or len(parts) > 1:
        return None
    rank = 32 * are_labels(labels.values) + 16 * is_named_labels(labels.array) + 8 * (array.part is labels.array.part)
    rank += 2 * likeness(array, labels.array) + (not is_other_file)
    return _Match(images=stack, labels=labels, rank=rank)


def _is_constant(values: NDArray[Any]) -> bool:
    return len(np.unique(values)) == 1


def _ambiguous(array: NamedArray, equal: list[_Match]) -> str:
    names = listed([match.labels.array.title for match in equal], 4)
    return (
        f"The labels of {array.title} are ambiguous: they could be {names}. "
        "Expected one array of labels for each array of images. "
        "Leave the others out, or call the right one labels."
    )


def _block(array: NamedArray, match: _Match) -> Block:
    labels = match.labels
    part = array.part if array.part is not Part.UNKNOWN else labels.array.part
    return Block(
        images=match.images,
        labels=labels.values,
        title=array.title,
        labels_title=labels.array.title,
        part=part,
        pair_in=array.file,
        notes=labels.notes,
    )


def _labels_of(array: NamedArray) -> _Labels | None:
    flat = flat_labels(array.values)
    if flat is None or not len(flat[0]):
        return None
    return _Labels(array=array, values=flat[0], notes=(*array.notes, *flat[1]))


def is_named_labels(array: NamedArray) -> bool:
    """Whether an array, or the file that holds nothing else, is called labels, y or the like."""
    name = (array.name or array.file.parts[-1] if array.file.parts else array.name).lower()
    return bool(LABEL_WORDS.search(name)) and not IMAGE_WORDS.search(name)


def is_surely_labels(array: NamedArray) -> bool:
    """Whether an array that could be tiny images is one of labels."""
    return array.values.ndim == 2 and is_named_labels(array) and flat_labels(array.values) is not None
