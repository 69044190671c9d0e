"""Pictures in a column of a Parquet file, as data hubs serve MNIST."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mnist_core.data.imports.formats.parquet import ParquetFile, has_numbers, read_parquet_table
from mnist_core.data.imports.formats.picture_files import Labelled, picture_blocks
from mnist_core.data.imports.formats.pictures import Decoding
from mnist_core.data.imports.recognising.blocks import Block, part_of
from mnist_core.data.imports.recognising.label_column import Columns, labels_beside_pictures
from mnist_core.data.imports.recognising.labels import byte_labels
from mnist_core.errors import DatasetError
from mnist_core.words import counted


def read_parquet_pictures(
    parquet: ParquetFile, label_column: int | None
) -> tuple[list[Block], Columns, tuple[str, ...]]:
    """Blocks of the pictures, the columns that hold the labels, and notes.

    Raises:
        LabelColumnError: two or more columns could hold the labels.
        DatasetError: there are no labels, or too many pictures cannot be used.
    """
    name, title = parquet.picture_column, parquet.upload.title
    assert name is not None
    if not has_numbers(parquet):
        raise DatasetError(
            f"{title} has pictures but no labels. Expected a column of whole numbers from 0 to 9, such as label. "
            "Save it again with the labels."
        )
    table = read_parquet_table(parquet)
    columns = labels_beside_pictures(replace(table, notes=()), label_column)
    assert columns.labels is not None
    labels, label_notes = byte_labels(np.asarray(columns.labels), title)
    part = part_of(*reversed(parquet.upload.parts), parquet.upload.archive)
    decoding, found = Decoding(), list[Labelled]()
    parts = table.parts or (part,) * len(labels)
    for row, (data, label, its) in enumerate(zip(parquet.encoded_pictures(name), labels, parts, strict=True)):
        row_name = f"row {row + 1:,} of {title}"
        if data is None:
            decoding.leave_out(row_name, "no picture")
        elif (picture := decoding.decode(data, row_name)) is not None:
            found.append((picture, int(label), its))
    if not decoding.n:
        raise DatasetError(f"{title} has no rows. Expected a picture and a label in each.")
    if not found:
        _check_not_raw(parquet, name)
    decoding.check(title)
    notes = (*columns.notes, *table.splits_note, *label_notes, *decoding.notes())
    return picture_blocks(found, title), columns, notes


def _check_not_raw(parquet: ParquetFile, name: str) -> None:
    """Raise if a column holds as many bytes in each row, which are pixels without the type that they need."""
    lengths = {len(data) for data in parquet.encoded_pictures(name) if data is not None}
    if len(lengths) != 1:
        return
    raise DatasetError(
        f"The column {name[:40]} of {parquet.upload.title} holds {counted(lengths.pop(), 'byte')} in each row, which "
        "are no picture file. Expected PNG, JPEG or another picture, or lists of numbers. If they are the pixels, "
        f"save them as lists in Python: table[{name[:40]!r}] = [list(row) for row in table[{name[:40]!r}]]."
    )
