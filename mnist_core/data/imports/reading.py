"""Reads the files of an import, whatever they are, up to what a person can decide about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mnist_core.data.dataset import UInt8Array
from mnist_core.data.imports.contents import Contents
from mnist_core.data.imports.decisions import Decisions
from mnist_core.data.imports.files.file_kinds import EXPECTED
from mnist_core.data.imports.files.unpacking import unpack
from mnist_core.data.imports.files.unpacking_limits import Unpacking, storing
from mnist_core.data.imports.files.uploads import Upload, without_repeated
from mnist_core.data.imports.recognising.background import is_background_light, with_one_background
from mnist_core.data.imports.recognising.labels import TEN_IS_ZERO, counted_from_1
from mnist_core.data.imports.recognising.one_orientation import Source, with_one_orientation
from mnist_core.data.imports.recognising.orientation import (
    MIN_AGREEMENT,
    Orientation,
    Recognition,
    agreement,
    recognise,
)
from mnist_core.data.imports.recognising.splits import join
from mnist_core.data.imports.results import Reading, read_base, write_base, write_result
from mnist_core.errors import DatasetError
from mnist_core.shares import shown_share

MIXED = "Some of the digits seem to be {}, others not. They were not turned one by one: look at them before you import."
COUNTED_FROM_1 = "The labels 1 to 10 stand for the digits 0 to 9, as the digits show."


def write_reading(
    place: Path, uploads: Sequence[Upload], decisions: Decisions, *, test_fraction: float, seed: int
) -> None:
    """Read files, or what was read of them before, and write into a draft what would be stored of them.

    Raises:
        LabelColumnError: a person has to choose the column of the labels.
        DatasetError: a file cannot be read, or holds nothing that can be imported.
    """
    reading = read_base(place, decisions.label_column)
    if reading is None:
        reading = read_files(uploads, decisions.label_column, place)
        with storing():
            write_base(place, reading)
    with storing():
        write_result(place, reading, decisions, test_fraction=test_fraction, seed=seed, source=_source(uploads))


def _source(uploads: Sequence[Upload]) -> str:
    """The names of the files, or of the folders that hold them."""
    return ", ".join(dict.fromkeys(upload.archive or upload.title for upload in uploads))


def read_files(uploads: Sequence[Upload], label_column: int | None = None, folder: Path | None = None) -> Reading:
    """The images in files of any kind, with what they show about how they are turned, inverted and labelled.

    Args:
        folder: for temporary files; None for the system's.

    Raises:
        LabelColumnError: a person has to choose the column of the labels.
        DatasetError: a file cannot be read, or holds nothing that can be imported.
    """
    if not uploads:
        raise DatasetError(f"There is no file to import. Expected {EXPECTED}.")
    try:
        uploads, notes = without_repeated(uploads)
        with Unpacking(folder) as unpacking:
            contents = Contents.of(unpack(uploads, unpacking), label_column)
    except OSError as error:
        raise DatasetError(
            f"The files cannot be read: {error.strerror or error}. Copy them to another disk, and import them again."
        ) from error
    return _recognised(contents, notes)


def _recognised(contents: Contents, notes: tuple[str, ...]) -> Reading:
    """What the images show about how they are turned, inverted and numbered."""
    joined = join(contents.blocks)
    labels, notes = joined.labels, (*notes, *contents.notes, *joined.notes)
    seems_light = is_background_light(joined.images)
    recognition = _compared(joined.images, labels, seems_light=seems_light)
    if recognition is None and joined.has_tens:
        recognition = _compared(joined.images, counted_from_1(labels), seems_light=seems_light)
        if recognition is not None:
            labels = counted_from_1(labels)
            notes = tuple(COUNTED_FROM_1 if note == TEN_IS_ZERO else note for note in notes)
    if recognition is None:
        notes += _agreement_note(joined.images, labels)
        recognition = Recognition(orientation=Orientation.UPRIGHT, is_background_light=seems_light)
    else:
        notes += _source_notes(joined.images, labels, joined.sources)
    images, more = with_one_background(joined.images, is_light=recognition.is_background_light)
    images, turned_notes = with_one_orientation(images, labels, joined.sources, recognition)
    if recognition.mixed_with and not turned_notes:
        turned_notes = (MIXED.format(recognition.mixed_with.words),)
    return Reading(
        images=images,
        labels=labels,
        is_test=joined.is_test,
        orientation=recognition.orientation,
        is_background_light=recognition.is_background_light,
        label_column=contents.chosen,
        label_columns=contents.candidates,
        guessed_label_column=contents.guessed,
        notes=(*notes, *more, *turned_notes),
    )


def _agreement_note(images: UInt8Array, labels: UInt8Array) -> tuple[str, ...]:
    """A sentence if the labels are not those of the digits: nothing here can tell which belong to which."""
    share = agreement(images, labels)
    if share is None or share >= MIN_AGREEMENT:
        return ()
    return (
        f"The labels hardly agree with the digits of the sample: {shown_share(share)} of the compared images look most "
        "like a digit of their label. If these are handwritten digits, check which label belongs to which image.",
    )


def _source_notes(images: UInt8Array, labels: UInt8Array, sources: Sequence[Source]) -> tuple[str, ...]:
    """The same for each of several sources: the labels of one may be those of another."""
    if len(sources) < 2:
        return ()
    notes = [(source, _agreement_note(images[source.rows], labels[source.rows])) for source in sources]
    return tuple(f"{source.title}: {note}" for source, its in notes for note in its)


def _compared(images: UInt8Array, labels: UInt8Array, *, seems_light: bool) -> Recognition | None:
    """What a comparison with known digits shows, with the background that it seems to have, else with the other."""
    for is_light in (seems_light, not seems_light):
        found = recognise(images, labels, is_background_light=is_light)
        if found is not None:
            return found
    return None
