"""The labels of pictures by the lists that name them, compared with those of their folders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mnist_core.data.imports.files.uploads import Upload, short_name, short_text
from mnist_core.data.imports.formats.picture_labels import Labels, labels_of_levels
from mnist_core.data.imports.formats.picture_lists import PictureList
from mnist_core.data.imports.formats.picture_names import SEVERAL, PictureNames, Spelling, counted_names
from mnist_core.data.imports.formats.pictures import are_too_many
from mnist_core.data.imports.limits import MAX_NAMED
from mnist_core.data.imports.recognising.blocks import Part
from mnist_core.errors import DatasetError
from mnist_core.words import counted, listed, word_for

SUBMISSION_WORDS = ("sample", "submission")
UNLIKE = (Spelling.CASE, Spelling.SUFFIX, Spelling.CASE_AND_SUFFIX)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ListedLabels:
    """What lists say about pictures.

    Attributes:
        labels: of each picture; None where nothing tells, or where what tells contradicts itself.
        parts: of the data set that lists put pictures into, by the row number of the picture.
        problems: why pictures have no label although a list names them, by the row number of the picture.
        lists: the names of the lists that were used.
        notes: sentences on the lists.
    """

    labels: Labels
    parts: dict[int, Part]
    problems: dict[int, str]
    lists: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class _Said:
    """What the rows of all lists say, by the row number of the picture."""

    labels: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[int, Part] = field(default_factory=dict)
    unlabelled: dict[int, str] = field(default_factory=dict)


def listed_labels(lists: Sequence[PictureList], pictures: Sequence[Upload], names: PictureNames) -> ListedLabels:
    """The labels of pictures by lists; by its folder for a picture that no list names.

    Raises:
        DatasetError: a name in a list is that of several pictures, or lists and folders contradict each other.
    """
    said, used, notes = _Said(), list[str](), list[str]()
    for its in lists:
        reason = _why_not_used(its, len(lists))
        n_found, more = (0, (f"{its.file.title} {reason}, and was not used.",)) if reason else _read(its, names, said)
        used += [its.file.title] if n_found else []
        notes += more
    by_list: Labels = [None] * len(pictures)
    problems = {}
    for row, its_labels in said.labels.items():
        different = list(dict.fromkeys(its_labels))
        if len(different) == 1:
            by_list[row] = different[0]
        else:
            problems[row] = f"rows that contradict each other: {listed(list(map(str, different)), MAX_NAMED)}"
    labels = _with_folders(by_list, problems, pictures, listed(used, MAX_NAMED))
    problems |= {row: words for row, words in said.unlabelled.items() if labels[row] is None and row not in problems}
    return ListedLabels(labels=labels, parts=said.parts, problems=problems, lists=tuple(used), notes=tuple(notes))


def _why_not_used(its: PictureList, n_lists: int) -> str:
    """Why a list tells no labels: it has none, or it is the sample of a submission, where all are the same."""
    if its.column is None:
        return "names pictures but has no column of labels from 0 to 9"
    different = {label for label in its.labels if label is not None}
    is_sample = n_lists > 1 or any(word in its.file.name.lower() for word in SUBMISSION_WORDS)
    if len(different) == 1 and len(its.names) > 1 and is_sample:
        return f"gives every picture the label {different.pop()}"
    return ""


def _read(its: PictureList, names: PictureNames, said: _Said) -> tuple[int, tuple[str, ...]]:
    """How many of the pictures that are here a list names, with notes."""
    _check_not_shifted(its, names)
    rows, spelling_notes = _rows_of(its, names)
    for row, label, part in zip(rows, its.labels, its.parts, strict=True):
        if row is None:
            continue
        said.parts[row] = part
        if label is None:
            said.unlabelled[row] = f"no label in {its.file.title}"
        else:
            said.labels[row].append(label)
    n_found = len(set(rows) - {None})
    absent = [name for name, row in zip(its.names, rows, strict=True) if row is None]
    if not n_found:
        return 0, (f"{its.file.title} names no picture that is here, such as {short_text(absent[0])}.",)
    column = its.column.words if its.column else ""
    notes = (f"The labels of {counted(n_found, 'picture')} were read from {its.file.title}, {column}.", *its.notes)
    notes += spelling_notes
    if absent:
        named = f"{counted(len(absent), 'row')} of {its.file.title} {word_for(len(absent), 'names', 'name')}"
        notes += (f"{named} no picture that is here, such as {short_text(absent[0]) or 'an empty name'}.",)
    return n_found, notes


def _rows_of(its: PictureList, names: PictureNames) -> tuple[list[int | None], tuple[str, ...]]:
    """The row number of the picture that each row of a list names, None if it is not here, with notes on spellings.

    A picture that a row names as it is written is not that of another row whose name is only like it.
    """
    rows: list[int | None] = []
    unlike: dict[Spelling, list[tuple[str, int]]] = {}
    folder = its.file.parts[:-1]
    exact = [
        names.find(name, Spelling.EXACT, folder=folder, part=part)
        for name, part in zip(its.names, its.parts, strict=True)
    ]
    taken = set(exact)
    for name, part, row in zip(its.names, its.parts, exact, strict=True):
        spelling = Spelling.EXACT
        if row is None or row == SEVERAL:
            found, spelling = names.find_spelled(name, UNLIKE, folder=folder, part=part)
            row = row if found is None or found in taken - {SEVERAL} else found
        if row == SEVERAL:
            raise DatasetError(_several(name, its))
        rows.append(row)
        if row is not None and spelling is not Spelling.EXACT:
            unlike.setdefault(spelling, []).append((name, row))
    return rows, tuple(_spelling_note(its, spelling, found, names) for spelling, found in unlike.items())


def _several(name: str, its: PictureList) -> str:
    return (
        f"{short_text(name)} in {its.file.title} is the name of several pictures, or like that of several. Expected "
        "names as they are, with their folders, such as train/0.png. Write these into the list, or import one of the "
        "folders."
    )


def _spelling_note(its: PictureList, spelling: Spelling, found: list[tuple[str, int]], names: PictureNames) -> str:
    """The sentence on names that differ from those of their pictures."""
    name, row = found[0]
    n = len(found)
    return (
        f"{counted(n, 'name differs', 'names differ')} in {spelling.value} between {its.file.title} and the pictures, "
        f"such as {short_name(name)} for {short_name(names.name(row))}, and {word_for(n, 'was', 'were')} matched."
    )


def _check_not_shifted(its: PictureList, names: PictureNames) -> None:
    """Raise if a list counts pictures from 1 that are called from 0, or the like: each would get another's label."""
    listed_numbers, own = counted_names(its.names), names.counted(its.parts[0])
    if listed_numbers is None or own is None or len(listed_numbers) != len(own) or listed_numbers == own:
        return
    raise DatasetError(
        f"{its.file.title} counts the pictures from {listed_numbers[0]} to {listed_numbers[-1]}, but they are called "
        f"{own[0]} to {own[-1]}. Expected their names. Correct the numbers in the list."
    )


def _with_folders(by_list: Labels, problems: dict[int, str], pictures: Sequence[Upload], title: str) -> Labels:
    """The labels of lists, and of folders where no list tells any; none where both differ, which becomes a problem.

    Raises:
        DatasetError: they differ for too many pictures.
    """
    by_folder = _labels_of_folders(by_list, pictures)
    both = [row for row, label in enumerate(by_list) if label is not None and by_folder[row] is not None]
    differing = [row for row in both if by_list[row] != by_folder[row]]
    if differing and are_too_many(len(differing), len(both)):
        row = differing[0]
        raise DatasetError(
            f"Folders and {title} contradict each other for {len(differing):,} of {len(both):,} pictures: "
            f"{pictures[row].path} is in the folder of a {by_folder[row]}, and the list calls it {by_list[row]}. "
            "Expected the same label. Leave the list out, or put the pictures into one folder."
        )
    problems |= {row: f"in the folder of a {by_folder[row]}, but {by_list[row]} in {title}" for row in differing}
    return [
        None if row in problems else by_folder[row] if label is None else label for row, label in enumerate(by_list)
    ]


def _labels_of_folders(by_list: Labels, pictures: Sequence[Upload]) -> Labels:
    """The labels by folders, of the level that agrees most with the lists where several could tell them."""
    levels = [level.labels for level in labels_of_levels([picture.parts for picture in pictures])]
    agreeing = [
        sum(label is not None and label == other for label, other in zip(by_list, labels, strict=True))
        for labels in levels
    ]
    if not levels or len(levels) > 1 and not any(agreeing):
        return [None] * len(pictures)
    return levels[agreeing.index(max(agreeing))]
