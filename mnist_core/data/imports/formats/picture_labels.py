"""The labels of pictures, from the names of their folders or files; only where the names leave no doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from mnist_core.data.dataset import N_CLASSES
from mnist_core.data.imports.files.uploads import short_text
from mnist_core.data.imports.limits import MAX_LEFT_OUT_SHARE, MAX_NAMED
from mnist_core.data.imports.recognising.labels import TEN, TEN_IS_ZERO, label_of
from mnist_core.data.imports.recognising.orientation import MIN_ACCURACY, MIN_AGREEMENT
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed

Labels = list[int | None]
Path = tuple[str, ...]
PADDED = re.compile(r"0([0-9])")
NAMED_TEN = re.compile(r"(?:digits?|numbers?|num|class|label)?[ _-]*10(?:\.0+)?s?", re.IGNORECASE)
IN_FILE = re.compile(r"(?:^|[^a-z])(?:digit|label|class|number)[ _=-]?(10|[0-9])(?![0-9])", re.IGNORECASE)
FIRST = re.compile(r"(10|[0-9])[ _-]+(.+)")
LAST = re.compile(r"(.+?)[ _-]+(10|[0-9])")
MIN_NAMES = 11  # with more different names than digits, one part of them must be a number of the picture
AS_SHOWN = "as the digits show"
MAX_LEVELS = 8  # of folders that are looked at
MAX_DOUBTFUL = 0.05  # of the pictures: if so few have two labels, they are left out
CLEAR_GAIN = 0.2  # of the pictures: how many more have to look like the digits of one level than like those of others


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NamedLabels:
    """Labels that names tell.

    Attributes:
        labels: of each picture; None where its name tells none.
        names: the folders down to the one that tells the label of each picture, or the name of its file.
        has_tens: whether 10 was taken for the digit 0.
        doubtful: the row numbers of pictures without a label because two of their folders could tell it.
    """

    labels: Labels
    names: Sequence[Path]
    has_tens: bool
    doubtful: frozenset[int] = frozenset()

    @property
    def block_notes(self) -> tuple[str, ...]:
        """The sentence on 10 for the digit 0, if there is one."""
        return (TEN_IS_ZERO,) if self.has_tens else ()

    @property
    def n_classes(self) -> int:
        return len(set(self.labels) - {None})

    @property
    def is_usual(self) -> bool:
        """Whether hardly any picture is without a label."""
        return self.labels.count(None) <= max(1, MAX_LEFT_OUT_SHARE * len(self.labels))

    @property
    def example(self) -> str:
        """The first name that tells a label, with the folder above it."""
        named = (name for name, label in zip(self.names, self.labels, strict=True) if label is not None)
        return short_text("/".join(next(named, ())[-2:]))


Agreement = Callable[[NamedLabels], float | None]
"""The share of the pictures that look like the digits that some labels call them; None if that cannot be told."""


def picture_labels(paths: Sequence[Path], agreement: Agreement) -> tuple[NamedLabels, tuple[str, ...]]:
    """A label for each picture by its folders and name, or None, with notes if it is not the plain name of a folder.

    A folder 7, or one called digit-7, class_7, 7s, seven or 07 (with 00 or 10 among the others); else, if no folder
    tells, a file called digit7_a.png, or 7_0.png or 0_7.png, where the other part of the names has more than ten
    values. If several could be labels, such as the folders of digits and of sessions, the pictures decide.

    Raises:
        DatasetError: the folders of two levels could be labels, and the pictures do not tell which of them are.
    """
    levels = labels_of_levels(paths)
    by_file = _of_files([re.sub(r"\.\w+$", "", path[-1]) if path else "" for path in paths])
    if not levels:
        note = f"The labels were read from the names of the files, such as {by_file.example}."
        return by_file, (note,) if by_file.n_classes else ()
    chosen, reason = (levels[0], "") if len(levels) == 1 else _level_that_agrees(levels, agreement)
    others = [level for level in levels if reason and level is not chosen]
    if by_file.is_usual and by_file.labels != chosen.labels and _is_better(by_file, chosen, agreement):
        chosen, others, reason = by_file, levels, AS_SHOWN
    if others:
        what = "names of files" if chosen is by_file else "folders"
        return chosen, (
            f"The labels were read from {what} such as {chosen.example}, {reason}, not from folders such as "
            f"{listed([other.example for other in others], MAX_NAMED)}.",
        )
    example = chosen.example.rpartition("/")[2]
    note = f"The labels were read from the names of the folders, such as {example}."
    return chosen, () if example.isdigit() else (note,)


def labels_of_levels(paths: Sequence[Path]) -> list[NamedLabels]:
    """The labels by the folders of each level that could tell them, the innermost first.

    A level is counted from the picture, and from the top where folders are not equally deep. One that many pictures
    lack tells nothing beside one that nearly all have, nor one that calls all pictures alike beside one that does not.
    """
    deepest = min(MAX_LEVELS, max((len(path) for path in paths), default=1) - 1)
    inner = [[path[:-level] for path in paths] for level in range(1, deepest + 1)]
    outer = [[path[:level] if len(path) > level else () for path in paths] for level in range(1, deepest + 1)]
    found = [level for names in (*inner, *outer) if (level := _of_folders(names)).n_classes]
    found = [level for level in found if level.is_usual] or found[:1]
    found = [level for level in found if level.n_classes > 1] or found[:1]
    return [level for place, level in enumerate(found) if all(level.labels != other.labels for other in found[:place])]


def _of_folders(folders: Sequence[Path]) -> NamedLabels:
    """The labels by the last of some folders of each picture; () where there are none."""
    names = [path[-1] if path else "" for path in folders]
    labels = {name: label_of(name) for name in dict.fromkeys(names)}
    numbers = [name for name in labels if name.isdigit()]
    if numbers and all(len(name) == 2 for name in numbers) and {"00", "10"}.intersection(numbers):
        padded = {name: PADDED.fullmatch(name) for name in numbers}
        labels |= {name: int(match[1]) for name, match in padded.items() if match}
    tens = [name for name in labels if NAMED_TEN.fullmatch(name)]
    has_tens = bool(tens) and _are_1_to_9(labels.values()) and not any(_is_above_ten(name) for name in labels)
    labels |= dict.fromkeys(tens, 0 if has_tens else None)
    return NamedLabels(labels=[labels[name] for name in names], names=folders, has_tens=has_tens)


def _are_1_to_9(labels: Iterable[int | None]) -> bool:
    """Whether some labels are there, and none of them is 0, so that 10 may stand for it."""
    found = set(labels) - {None}
    return bool(found) and 0 not in found


def _is_above_ten(name: str) -> bool:
    """Whether a folder is called by a number beyond ten classes."""
    return name.isdecimal() and int(name[:9]) > TEN


def _level_that_agrees(levels: list[NamedLabels], agreement: Agreement) -> tuple[NamedLabels, str]:
    """The level whose labels are those of the digits, and why; no reason if only a few pictures have two labels.

    These are left without one.

    Raises:
        DatasetError: none is, or several are.
    """
    differing = _where_they_differ(levels)
    rows = frozenset(row for row, label in enumerate(differing[0].labels) if label is not None)
    if len(rows) <= MAX_DOUBTFUL * len(levels[0].labels):
        labels = [None if row in rows else label for row, label in enumerate(levels[0].labels)]
        return replace(levels[0], labels=labels, doubtful=rows), ""
    shares = {number: agreement(level) for number, level in enumerate(differing)}
    measured = {number: share for number, share in shares.items() if share is not None}
    best = max(measured, key=lambda number: measured[number], default=0)
    others = max((share for number, share in measured.items() if number != best), default=0.0)
    if measured and measured[best] >= max(MIN_ACCURACY, others + CLEAR_GAIN):
        return levels[best], AS_SHOWN
    complete = [level for level in levels if level.n_classes == N_CLASSES]
    if len(complete) == 1 and not measured:  # there are too few pictures to compare
        return complete[0], "the only ones with ten classes"
    examples = listed(
        [f"{level.example} ({counted(level.n_classes, 'class', 'classes')})" for level in levels], MAX_NAMED
    )
    raise DatasetError(
        f"Folders of {len(levels)} levels could be the labels, such as {examples}, and the pictures do not clearly "
        "look like the digits of one of them. Expected one level of folders called 0 to 9. Rename the other folders, "
        "such as session1 for 1, or add a CSV file with the name and the label of each picture."
    )


def _is_better(one: NamedLabels, other: NamedLabels, agreement: Agreement) -> bool:
    """Whether the digits clearly are those of one, and not those of the other."""
    share, less = (agreement(named) for named in _where_they_differ([one, other]))
    return share is not None and share >= MIN_ACCURACY and (less or 0) < MIN_AGREEMENT


def _where_they_differ(several: Sequence[NamedLabels]) -> list[NamedLabels]:
    """The labels of those pictures that have different ones: only these tell which are right."""
    different = [len(set(labels)) > 1 for labels in zip(*(named.labels for named in several), strict=True)]
    return [
        replace(
            named, labels=[label if differs else None for label, differs in zip(named.labels, different, strict=True)]
        )
        for named in several
    ]


def _of_files(names: Sequence[str]) -> NamedLabels:
    """Labels from the names of files without their suffixes; none if these are in doubt."""
    paths = [(name,) for name in names]
    for labels in (_by_word(names), _by_place(names)):
        if labels is not None and (TEN not in labels or _are_1_to_9(labels)):
            return NamedLabels(labels=[label % TEN for label in labels], names=paths, has_tens=TEN in labels)
    return NamedLabels(labels=[None] * len(names), names=paths, has_tens=False)


def _by_word(names: Sequence[str]) -> list[int] | None:
    """Labels from names such as digit7_a; None unless all names have one."""
    matches = [IN_FILE.search(name) for name in names]
    labels = [int(match[1]) for match in matches if match]
    return labels if len(labels) == len(names) and len(set(labels)) > 1 else None


def _by_place(names: Sequence[str]) -> list[int] | None:
    """Labels from the digit at the start or at the end of all names; None if there is none, or if both could be it."""
    found = []
    for pattern, label, rest in ((FIRST, 1, 2), (LAST, 2, 1)):
        matches = [pattern.fullmatch(name) for name in names]
        pairs = [(match[label], match[rest]) for match in matches if match]
        different, others = {digit for digit, _ in pairs}, {other for _, other in pairs}
        if len(pairs) == len(names) and len(different) > 1 and len(others) >= MIN_NAMES:
            found.append([int(digit) for digit, _ in pairs])
    return found[0] if len(found) == 1 else None
