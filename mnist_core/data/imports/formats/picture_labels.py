"""The labels of pictures, from the names of their folders or files; only where the names leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mnist_core.data.imports.recognising.labels import label_of

Labels = list[int | None]

PADDED = re.compile(r"0([0-9])")
IN_FILE = re.compile(r"(?:^|[^a-z])(?:digit|label|class|number)[ _=-]?([0-9])(?![0-9])", re.IGNORECASE)
FIRST = re.compile(r"([0-9])[ _-]+(.+)")
LAST = re.compile(r"(.+?)[ _-]+([0-9])")
MIN_NAMES = 11  # with more different names than digits, one part of them must be a number of the picture


def picture_labels(paths: Sequence[tuple[str, ...]]) -> tuple[Labels, tuple[str, ...]]:
    """A label for each picture by its folders and name, or None, with a note if it is not the plain name of a folder.

    A folder 7, or one called digit-7, class_7, 7s, seven or 07 (with 00 among the others); else, if no folder tells, a
    file called digit7_a.png, or 7_0.png or 0_7.png, where the other part of the names has more than ten values.
    """
    labels = labels_of_folders(paths)
    if any(label is not None for label in labels):
        plain = all(path[-2].isdigit() for path, label in zip(paths, labels, strict=True) if label is not None)
        example = next(path[-2] for path, label in zip(paths, labels, strict=True) if label is not None)
        return labels, () if plain else (
            f"The labels were read from the names of the folders, such as {example[:40]}.",
        )
    return _of_files([re.sub(r"\.\w+$", "", path[-1]) if path else "" for path in paths])


def labels_of_folders(paths: Sequence[tuple[str, ...]]) -> Labels:
    """A label for each picture by the folder that it lies in, or None."""
    labels = [label_of(path[-2]) if len(path) > 1 else None for path in paths]
    folders = {path[-2] for path in paths if len(path) > 1}
    if "00" in folders and all(len(name) == 2 for name in folders if name.isdigit()):
        labels = [_padded(path) if label is None else label for path, label in zip(paths, labels, strict=True)]
    return labels


def _padded(path: tuple[str, ...]) -> int | None:
    match = PADDED.fullmatch(path[-2]) if len(path) > 1 else None
    return int(match[1]) if match else None


def _of_files(names: Sequence[str]) -> tuple[Labels, tuple[str, ...]]:
    for labels in (_by_word(names), _by_place(names)):
        if labels is not None:
            return labels, (f"The labels were read from the names of the files, such as {names[0][:40]}.",)
    return [None] * len(names), ()


def _by_word(names: Sequence[str]) -> Labels | None:
    """Labels from names such as digit7_a; None unless all names have one."""
    matches = [IN_FILE.search(name) for name in names]
    labels = [int(match[1]) for match in matches if match]
    return list(labels) if len(labels) == len(names) and len(set(labels)) > 1 else None


def _by_place(names: Sequence[str]) -> Labels | None:
    """Labels from the digit at the start or at the end of all names; None if there is none, or if both could be it."""
    found = []
    for pattern, label, rest in ((FIRST, 1, 2), (LAST, 2, 1)):
        matches = [pattern.fullmatch(name) for name in names]
        pairs = [(match[label], match[rest]) for match in matches if match]
        different, others = {digit for digit, _ in pairs}, {other for _, other in pairs}
        if len(pairs) == len(names) and len(different) > 1 and len(others) >= MIN_NAMES:
            found.append([int(digit) for digit, _ in pairs])
    return list(found[0]) if len(found) == 1 else None
