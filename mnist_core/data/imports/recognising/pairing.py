"""Pairs arrays of images with arrays of labels: by their length, and where that leaves a choice, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.imports.files.uploads import counted, listed
from mnist_core.data.imports.recognising.blocks import Block, NamedArray, Part, by_part, part_of
from mnist_core.data.imports.recognising.image_arrays import Stack, bits_hint, expected_shapes, stacks
from mnist_core.data.imports.recognising.labels import are_labels, flat_labels
from mnist_core.data.imports.recognising.split_columns import SplitSearch, is_flag, splits_note
from mnist_core.errors import DatasetError, shown

LABEL_WORDS = re.compile(r"label|target|class|digit|answer|(^|[^a-z])(y|lab|lbl)([^a-z]|$)|^y")
IMAGE_WORDS = re.compile(r"image|img|pixel|picture|data|(^|[^a-z])x([^a-z]|$)|^x")
BASE64_PICTURES = ("iVBOR", "/9j/", "R0lGOD", "data:image/")  # PNG, JPEG, GIF
CLASS_NAMES = re.compile(r"^(train|test|digits?|class|label|number)?[_ -]?([0-9])$")


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
    by_class = _named_by_class(arrays)
    if by_class:
        used = {id(array) for array, _ in by_class}
        return [block for _, block in by_class], [array for array in arrays if id(array) not in used]
    label_arrays = [labels for array in arrays if not is_flag(array.name) and (labels := _labels_of(array)) is not None]
    image_arrays = [array for array in arrays if stacks(array.values) and not _is_surely_labels(array)]
    blocks: list[Block] = []
    used = set()
    for array, match in _matches(image_arrays, label_arrays):
        splits, parts = _splits_of(array, len(match.images), arrays)
        block = _block(array, match)
        if splits is not None:
            block = replace(block, notes=(*block.notes, splits_note(splits.title)), pair_in=None)
        blocks += by_part(block, parts)
        used |= {id(array), id(match.labels.array), id(splits)}
    return blocks, [array for array in arrays if id(array) not in used]


def _without_headers(arrays: Sequence[NamedArray]) -> list[NamedArray]:
    """The arrays, single columns without a first value of 0 where only then they are as long as some images."""
    lengths = {len(stack) for array in arrays for stack in stacks(array.values)}
    found = []
    for array in arrays:
        n = len(array.values) if array.may_have_header and array.values.flat[0] == 0 else 0
        if n - 1 in lengths and n not in lengths:
            note = f"The first line of {array.title}, 0, was taken for a header."
            array = replace(array, values=array.values[1:], notes=(*array.notes, note))  # noqa: PLW2901
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


def explain_no_pair(arrays: Sequence[NamedArray], texts: Sequence[tuple[str, tuple[str, ...]]] = ()) -> str:
    """The error for arrays of which none are images with labels.

    Args:
        texts: names of columns of text in the same files, with examples: they may be the labels in words.
    """
    images = [array for array in arrays if stacks(array.values) and not _is_surely_labels(array)]
    labels = [array for array in arrays if _labels_of(array) is not None and not stacks(array.values)]
    if len(images) == 1 and len(labels) == 1 and len(images[0].values) == labels[0].values.size:
        return expected_shapes(images[0].values, images[0].title)  # each column could be one, but there are not as many
    if len(images) == 1 and len(labels) == 1:
        return (
            f"{images[0].title} has {counted(len(stacks(images[0].values)[0]), 'image')} but {labels[0].title} has "
            f"{counted(labels[0].values.size, 'label')}. Expected one label for each image."
        )
    if images:
        found = listed([f"{array.title} ({array.shape})" for array in images])
        return (
            f"The labels are missing. Expected an array or a file with one label from 0 to 9 for each image. "
            f"Found images only: {found}. {_words_instead(texts)}Add the file with the labels."
        )
    if labels:
        found = listed([f"{array.title} ({array.shape})" for array in labels])
        rest = [array for array in arrays if array not in labels]
        others = listed([f"{array.title} ({array.shape})" for array in rest])
        hint = next(filter(None, (bits_hint(array.values) for array in rest)), "").strip()
        way_out = hint or _text_instead(texts) or "Add the file with the images."
        return (
            "The images are missing. Expected an array of N x 28 x 28 and one of N labels. "
            f"Found labels only: {found}. {f'These are no images: {others}. ' if others else ''}"
            f"{way_out}"
        )
    if len(arrays) == 1:
        return expected_shapes(arrays[0].values, arrays[0].title)
    found = listed([f"{array.title} ({array.shape})" for array in arrays], 6)
    return f"There are no images. Expected an array of N x 28 x 28 and one of N labels. Received: {found or 'nothing'}."


def _words_instead(texts: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """The sentence on columns of text beside images without labels; empty if there are none."""
    if not texts:
        return ""
    name, examples = texts[0]
    seen = listed([shown(example, 40) for example in examples], 4)
    return f"There are words in {name[:40]}: {seen}; if these are the classes, write 0 to 9 instead. "


def _text_instead(texts: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """The sentence on columns of text beside labels without images; empty if there are none."""
    if not texts:
        return ""
    name, examples = texts[0]
    found = f"There is text in {name[:40]}: {shown(examples[0], 40)}."
    if examples[0].startswith(BASE64_PICTURES):
        return (
            f"{found} These are pictures in base64: decode them in Python with base64.b64decode, and save them again."
        )
    return found


def _matches(images: list[NamedArray], labels: list[_Labels]) -> list[tuple[NamedArray, _Match]]:
    found: list[tuple[NamedArray, _Match]] = []
    free = list(labels)
    for number, array in enumerate(images):
        matches = [match for label in free if (match := _match(array, label)) is not None]
        if not matches:
            continue
        best = max(match.rank for match in matches)
        equal = [match for match in matches if match.rank == best]
        if len(equal) > 1:
            rivals = [other for other in images[number:] if _match(other, equal[0].labels) is not None]
            if len(rivals) != len(equal):  # else they are paired in their order
                raise DatasetError(_ambiguous(array, equal))
        found.append((array, equal[0]))
        free.remove(equal[0].labels)
    return found


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
    rank = 8 * are_labels(labels.values) + 4 * is_named_labels(labels.array) + 2 * (array.part is labels.array.part)
    rank += not is_other_file
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


def _is_surely_labels(array: NamedArray) -> bool:
    """Whether an array that could be tiny images is one of labels."""
    return array.values.ndim == 2 and is_named_labels(array) and flat_labels(array.values) is not None


def _named_by_class(arrays: Sequence[NamedArray]) -> list[tuple[NamedArray, Block]]:
    """Arrays of images that are called by their digit, such as train0 to train9, if there are no labels."""
    found = []
    for array in arrays:
        name = array.name or re.sub(r"\.[a-z]+$", "", (array.file.parts or ("",))[-1].lower())
        match, stack = CLASS_NAMES.match(name.lower()), stacks(array.values)
        if match and stack and not are_labels(np.asarray(array.values)):
            label = int(match[2])
            block = Block(
                images=stack[0], labels=np.full(len(stack[0]), label), title=array.title, labels_title=array.title,
                part=array.part, notes=("The labels are the digits in the names of the arrays.",),
            )  # fmt: skip
            found.append((array, block))
    classes = {int(block.labels[0]) for _, block in found if len(block.labels)}
    return found if len(classes) >= 2 and len(found) >= len(arrays) / 2 else []
