"""Reads the files of an import, whatever they are, up to what a person can decide about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mnist_core.data.imports.decisions import Decisions, LabelColumn, LabelColumnError
from mnist_core.data.imports.files.file_kinds import (
    DATA,
    EXPECTED,
    PICTURES,
    Kind,
    explanation,
    is_named_data,
)
from mnist_core.data.imports.files.unpacking import Item, unpack
from mnist_core.data.imports.files.unpacking_limits import Unpacking
from mnist_core.data.imports.files.uploads import Upload, counted, listed
from mnist_core.data.imports.formats.arff import read_arff
from mnist_core.data.imports.formats.idx_files import read_idx_file
from mnist_core.data.imports.formats.numpy_files import read_npy_file, read_npz_file
from mnist_core.data.imports.formats.picture_files import read_pictures
from mnist_core.data.imports.formats.text_table import read_text_table
from mnist_core.data.imports.limits import MIN_SIDE
from mnist_core.data.imports.recognising.background import is_background_light, with_one_background
from mnist_core.data.imports.recognising.blocks import Block, NamedArray, part_of
from mnist_core.data.imports.recognising.image_arrays import stacks
from mnist_core.data.imports.recognising.label_column import Columns, told_apart, wrong_width
from mnist_core.data.imports.recognising.orientation import Orientation, Recognition, recognise
from mnist_core.data.imports.recognising.pairing import explain_no_pair, pair
from mnist_core.data.imports.recognising.splits import join
from mnist_core.data.imports.recognising.table import Table
from mnist_core.data.imports.results import Reading, read_base, write_base, write_result
from mnist_core.errors import DatasetError


@dataclass(kw_only=True, slots=True)
class _Found:
    """What was found in the files so far."""

    label_column: int | None
    arrays: list[NamedArray] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    chosen: int | None = None
    guessed: int | None = None
    candidates: tuple[LabelColumn, ...] = ()


def write_reading(
    place: Path, uploads: Sequence[Upload], decisions: Decisions, *, test_fraction: float, seed: int
) -> None:
    """Read files, or what was read of them before, and write into a draft what would be stored of them.

    Raises:
        LabelColumnError: a person has to choose the column of the labels.
        DatasetError: a file cannot be read, or holds nothing that can be imported.
    """
    try:
        reading = read_base(place, decisions.label_column)
        if reading is None:
            reading = read_files(uploads, decisions.label_column, place)
            write_base(place, reading)
        write_result(place, reading, decisions, test_fraction=test_fraction, seed=seed, source=_source(uploads))
    except OSError as error:
        raise DatasetError(
            f"The images cannot be stored: {error.strerror or error}. Make room in the folder of data sets."
        ) from error


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
    found = _Found(label_column=label_column)
    with Unpacking(folder) as unpacking:
        _find_all(unpack(uploads, unpacking), found)
    return _recognised(found)


def _find_all(items: Sequence[Item], found: _Found) -> None:
    """Read the arrays, tables and pictures of an import."""
    pictures = [item.upload for item in items if item.kind in PICTURES]
    data = [item for item in items if item.kind in DATA]
    found.notes += _check_others(items, has_images=bool(pictures or data))
    for item in data:
        if item.kind is Kind.TABLE and item.upload.archive and (pictures or not is_named_data(item.upload.name)):
            _try_table(item, found)
        else:
            _read(item, found)
    _add_pairs(found, has_pictures=bool(pictures))
    if pictures:
        _add_pictures(found, pictures)


def _check_others(items: Sequence[Item], *, has_images: bool) -> list[str]:
    """Notes on files that hold no images.

    Raises:
        DatasetError: nothing else is there, or the name of such a file promises images.
    """
    others = [item for item in items if item.kind not in PICTURES | DATA]
    promising = [item for item in others if not item.upload.archive or is_named_data(item.upload.name)]
    disguised = [item for item in items if item.kind in PICTURES and _is_disguised(item.upload)]
    if disguised:
        raise DatasetError(explanation(disguised[0].upload, disguised[0].kind))
    if promising and (not has_images or any(item.kind is not Kind.TEXT for item in promising)):
        item = next((item for item in promising if item.kind is not Kind.TEXT), promising[0])
        raise DatasetError(explanation(item.upload, item.kind))
    if not has_images:
        explained = next((item for item in others if item.kind is not Kind.TEXT), None)
        if explained is not None:
            raise DatasetError(explanation(explained.upload, explained.kind))
        names = listed([f"{item.upload.path} ({item.kind.words})" for item in others])
        raise DatasetError(f"There are no images in the files. Expected {EXPECTED}. Received: {names or 'nothing'}.")
    if not others:
        return []
    names = listed([f"{item.upload.path} ({item.kind.words})" for item in others])
    return [f"{counted(len(others), 'file')} without images {'was' if len(others) == 1 else 'were'} left out: {names}."]


def _is_disguised(upload: Upload) -> bool:
    """Whether a picture that was given by itself has the name of arrays, a table or an archive."""
    return not upload.archive and is_named_data(upload.name)


def _read(item: Item, found: _Found) -> None:
    match item.kind:
        case Kind.IDX:
            found.arrays += read_idx_file(item.upload)
        case Kind.NPZ:
            found.arrays += read_npz_file(item.upload)
        case Kind.NPY:
            found.arrays += read_npy_file(item.upload)
        case Kind.MATLAB:
            from mnist_core.data.imports.formats.matlab import read_matlab_file  # scipy takes half a second to import

            found.arrays += read_matlab_file(item.upload)
        case Kind.PARQUET:
            _read_parquet(item.upload, found)
        case Kind.ARFF:
            _add_table(found, read_arff(item.upload))
        case _:
            _add_table(found, read_text_table(item.upload))


def _try_table(item: Item, found: _Found) -> None:
    """Read a text that looks like a table, but may be a readme or a list of the pictures that it lies beside."""
    try:
        _read(item, found)
    except LabelColumnError:
        raise
    except DatasetError:
        found.notes.append(f"1 file without images was left out: {item.upload.path} (a text).")


def _read_parquet(upload: Upload, found: _Found) -> None:
    from mnist_core.data.imports.formats import parquet_pictures  # pyarrow takes a while to import
    from mnist_core.data.imports.formats.parquet import open_parquet, read_parquet_arrays, read_parquet_table

    parquet = open_parquet(upload)
    if parquet.picture_column is not None:
        blocks, columns, notes = parquet_pictures.read_parquet_pictures(parquet, found.label_column)
        found.blocks += blocks
        found.notes += notes
        _note_columns(columns, found)
    elif arrays := read_parquet_arrays(parquet):
        found.arrays += arrays
    else:
        _add_table(found, read_parquet_table(parquet))


def _add_table(found: _Found, table: Table) -> None:
    """The images of a table with their labels, or its columns as an array if it has no labels."""
    columns = told_apart(table, found.label_column)
    found.notes += [note for note in (*table.notes, *columns.notes) if note not in found.notes]
    if columns.labels is None or columns.chosen is None:
        found.arrays.append(NamedArray(name="", file=table.file, values=columns.pixels))
        found.tables.append(table)
        return
    _note_columns(columns, found)
    block = Block(
        images=stacks(columns.pixels)[0],
        labels=columns.labels,
        title=table.file.title,
        labels_title=f"{columns.chosen.name} of {table.file.title}",
        part=part_of(*reversed(table.file.parts), table.file.archive),
        file=table.file.name,
    )
    found.blocks.append(block)


def _note_columns(columns: Columns, found: _Found) -> None:
    """Remember where the labels are in the first table."""
    if not found.candidates:
        found.chosen = columns.chosen.index if columns.chosen else None
        found.guessed = columns.guessed.index if columns.guessed else None
        found.candidates = columns.candidates


def _add_pairs(found: _Found, *, has_pictures: bool) -> None:
    blocks, unused = pair(found.arrays)
    found.blocks += blocks
    if found.blocks and has_pictures:
        raise DatasetError(
            f"The files hold both pictures and arrays or tables of images, such as {found.blocks[0].title}. "
            "Expected one of them. Import them separately."
        )
    if not found.blocks and not has_pictures:
        narrow = [table for table in found.tables if 1 < len(table.indices) <= MIN_SIDE * MIN_SIDE]
        if len(narrow) == len(found.arrays) == 1:
            raise DatasetError(wrong_width(narrow[0], len(narrow[0].indices) - 1))
        raise DatasetError(explain_no_pair(found.arrays))
    if unused:
        names = listed([f"{array.title} ({array.shape})" for array in unused], 4)
        found.notes.append(f"Not used, because it is no pair of images and labels: {names}.")


def _add_pictures(found: _Found, pictures: Sequence[Upload]) -> None:
    blocks, notes = read_pictures(pictures)
    found.blocks += blocks
    found.notes += notes


def _recognised(found: _Found) -> Reading:
    """What the images show about how they are turned and inverted."""
    joined = join(found.blocks)
    seems_light = is_background_light(joined.images)
    recognition = next(
        (
            compared
            for is_light in (seems_light, not seems_light)
            if (compared := recognise(joined.images, joined.labels, is_background_light=is_light)) is not None
        ),
        Recognition(orientation=Orientation.UPRIGHT, is_background_light=seems_light),
    )
    images, notes = with_one_background(joined.images, is_light=recognition.is_background_light)
    return Reading(
        images=images,
        labels=joined.labels,
        is_test=joined.is_test,
        orientation=recognition.orientation,
        is_background_light=recognition.is_background_light,
        label_column=found.chosen,
        label_columns=found.candidates,
        guessed_label_column=found.guessed,
        notes=(*found.notes, *joined.notes, *notes),
    )
