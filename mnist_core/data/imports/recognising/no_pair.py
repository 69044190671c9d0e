"""Why none of the arrays are images with labels, in a sentence that is true of them."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_core.data.imports.limits import MAX_NAMED
from mnist_core.data.imports.recognising.blocks import NamedArray, Part
from mnist_core.data.imports.recognising.image_arrays import bits_hint, expected_shapes, stacks
from mnist_core.data.imports.recognising.labels import are_labels, flat_labels
from mnist_core.data.imports.recognising.named_classes import hint, named_classes
from mnist_core.data.imports.recognising.pairing import is_named_labels, is_surely_labels
from mnist_core.errors import shown
from mnist_core.words import counted, listed, word_for

BASE64_PICTURES = ("iVBOR", "/9j/", "R0lGOD", "data:image/")  # PNG, JPEG, GIF
ONE_EACH = "Expected one label for each image."
Texts = Sequence[tuple[str, tuple[str, ...]]]


def explain_no_pair(arrays: Sequence[NamedArray], texts: Texts = ()) -> str:
    """The error for arrays of which none are images with labels.

    Args:
        texts: names of columns of text in the same files, with examples: they may be the labels in words.
    """
    images = [array for array in arrays if stacks(array.values) and not is_surely_labels(array)]
    labels = [array for array in arrays if flat_labels(array.values) is not None and not stacks(array.values)]
    if empty := [array for array in arrays if not array.values.size]:
        return (
            f"{listed([f'{array.title} ({array.shape})' for array in empty], MAX_NAMED)} "
            f"{word_for(len(empty), 'is', 'are')} empty. Expected an array of N x 28 x 28 and one of N labels. "
            "Save the arrays again."
        )
    if len(images) == 1 and len(labels) == 1 and len(images[0].values) == labels[0].values.size:
        return expected_shapes(images[0].values, images[0].title)  # each column could be one, but there are not as many
    if images and (counts := _explain_counts(images, [array for array in labels if _may_be_labels(array)])):
        return counts
    if images:
        found = listed([f"{array.title} ({array.shape})" for array in images], MAX_NAMED)
        return (
            f"The labels are missing. Expected an array or a file with one label from 0 to 9 for each image. "
            f"Found images only: {found}. {_words_instead(texts)}{hint(named_classes(images))}"
            "Add the file with the labels."
        )
    if labels:
        return _explain_labels_only(labels, [array for array in arrays if array not in labels], texts)
    if len(arrays) == 1:
        return expected_shapes(arrays[0].values, arrays[0].title)
    found = listed([f"{array.title} ({array.shape})" for array in arrays], 6)
    return f"There are no images. Expected an array of N x 28 x 28 and one of N labels. Received: {found or 'nothing'}."


def _explain_counts(images: Sequence[NamedArray], labels: Sequence[NamedArray]) -> str:
    """Why images and labels that are there do not belong together; empty if there are none."""
    numbers = {id(array): len(stacks(array.values)[0]) for array in images}
    sizes = {id(array): len((flat_labels(array.values) or ((),))[0]) for array in labels}
    of_one_number = [(a, b) for a in images for b in labels if numbers[id(a)] == sizes[id(b)]]
    if not labels or any(len({a.part, b.part} - {Part.UNKNOWN}) < 2 for a, b in of_one_number):
        return ""
    if of_one_number:
        image, label = of_one_number[0]
        n = counted(numbers[id(image)], "image")
        return (
            f"The names contradict the numbers: {image.title} has {n}, and {label.title} as many labels, but the one "
            f"is called {image.part} and the other {label.part}. {ONE_EACH} If their labels were swapped, rename them."
        )
    if len(images) == len(labels) == 1:
        return (
            f"{images[0].title} has {counted(numbers[id(images[0])], 'image')} but {labels[0].title} has "
            f"{counted(sizes[id(labels[0])], 'label')}. {ONE_EACH}"
        )
    found = listed([f"{array.title} ({numbers[id(array)]:,})" for array in images], 4)
    theirs = listed([f"{array.title} ({sizes[id(array)]:,})" for array in labels], 4)
    n_images, n_labels = sum(numbers.values()), sum(sizes.values())
    way_out = (
        "Their numbers add up, but not their names: number these in the order of the labels, such as images1, images2."
        if n_images == n_labels
        else "Add what is missing, or leave out what has no partner."
    )
    return (
        f"The images and the labels do not belong together. {ONE_EACH} Received: images in {found}, together "
        f"{n_images:,}; labels in {theirs}, together {n_labels:,}. {way_out}"
    )


def _may_be_labels(array: NamedArray) -> bool:
    flat = flat_labels(array.values)
    return flat is not None and (are_labels(flat[0]) or is_named_labels(array))


def _explain_labels_only(labels: Sequence[NamedArray], rest: Sequence[NamedArray], texts: Texts) -> str:
    found = listed([f"{array.title} ({array.shape})" for array in labels], MAX_NAMED)
    others = listed([f"{array.title} ({array.shape})" for array in rest], MAX_NAMED)
    bits = next(filter(None, (bits_hint(array.values) for array in rest)), "").strip()
    way_out = bits or _text_instead(texts) or "Add the file with the images."
    return (
        "The images are missing. Expected an array of N x 28 x 28 and one of N labels. "
        f"Found labels only: {found}. {f'These are no images: {others}. ' if others else ''}"
        f"{way_out}"
    )


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
