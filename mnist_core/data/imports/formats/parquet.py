"""Parquet files: pictures as data hubs serve them, columns of pixels, or lists of pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.limits import MAX_NAMED, MAX_UNPACKED_BYTES, MIN_SIDE
from mnist_core.data.imports.recognising.blocks import NamedArray
from mnist_core.data.imports.recognising.image_arrays import check_count
from mnist_core.data.imports.recognising.label_column import check_no_text_labels
from mnist_core.data.imports.recognising.labels import MAX_DIFFERENT, number_of
from mnist_core.data.imports.recognising.row_keys import KeySearch
from mnist_core.data.imports.recognising.split_columns import SplitSearch, is_flag
from mnist_core.data.imports.recognising.table import Table, TableBuilder, dropped_note
from mnist_core.errors import DatasetError
from mnist_core.words import listed

BATCH_ROWS = 512


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ParquetFile:
    """An open Parquet file whose claims have been checked."""

    upload: Upload
    file: pq.ParquetFile

    def batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        """Some rows at a time of some columns.

        Raises:
            DatasetError: the file is damaged.
        """
        try:
            yield from self.file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False)
        except MemoryError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise DatasetError(f"{self.upload.title} is a damaged Parquet file. Copy or download it again.") from error

    @property
    def fields(self) -> list[pa.Field]:
        return list(self.file.schema_arrow)

    @property
    def picture_column(self) -> str | None:
        """The column that holds picture files, by themselves or beside their paths."""
        for field in self.fields:
            kind = field.type
            if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
                kind = kind.field("bytes").type
            if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
                return str(field.name)
        return None

    def encoded_pictures(self, name: str) -> Iterator[bytes | None]:
        """The bytes of each picture file, row by row; None where there is none."""
        for batch in self.batches([name]):
            column = batch.column(0)
            if pa.types.is_struct(column.type):
                column = column.field("bytes")
            for value in column:
                yield value.as_py()


def open_parquet(upload: Upload) -> ParquetFile:
    """Open a Parquet file.

    Raises:
        DatasetError: it is damaged, or claims too much.
    """
    try:
        file = pq.ParquetFile(upload.stream())
        n_bytes = sum(file.metadata.row_group(number).total_byte_size for number in range(file.num_row_groups))
    except (pa.ArrowException, OSError) as error:
        raise DatasetError(
            f"{upload.title} is a damaged or cut off Parquet file. Copy or download it again."
        ) from error
    check_count(file.metadata.num_rows, upload.title)
    if n_bytes > MAX_UNPACKED_BYTES:
        raise DatasetError(
            f"{upload.title} unpacks to {n_bytes:,} bytes. Expected at most {MAX_UNPACKED_BYTES:,}. "
            "Import a part of its rows."
        )
    return ParquetFile(upload=upload, file=file)


def read_parquet_table(parquet: ParquetFile) -> Table:
    """The columns of numbers, and of text that is numbers or words for labels, as a table."""
    check_not_nested(parquet)
    wanted = [number for number, field in enumerate(parquet.fields) if _may_hold_numbers(field.type)]
    names = [str(parquet.fields[number].name) for number in wanted]
    texts: list[dict[str, int | float | None]] = [{} for _ in names]
    splits = _split_search(parquet, wanted)
    keys = _key_search(parquet, wanted)
    builder = TableBuilder(parquet.upload.title)
    for batch in parquet.batches(names) if names else ():
        columns = [_as_floats(batch.column(place), known) for place, known in enumerate(texts)]
        splits.add({place: batch.column(place).to_pylist() for place in splits.places})
        keys.add({place: batch.column(place).to_pylist() for place in keys.places})
        builder.add(np.stack(columns, axis=1))
    is_text = np.array([None in known.values() for known in texts], bool)
    split_place, parts = splits.found or (None, ())
    unused = [place for place in np.flatnonzero(is_text).tolist() if place != split_place]
    others = [str(field.name)[:40] for number, field in enumerate(parquet.fields) if number not in wanted]
    others += [names[place][:40] for place in unused]
    text_columns = tuple((names[place], _wrong_first(texts[place])) for place in unused)
    if is_text.all():
        check_no_text_labels(text_columns, parquet.upload.title)
    if is_text.all() or not parquet.file.metadata.num_rows:
        raise DatasetError(
            f"{parquet.upload.title} has no rows of numbers. Expected a column of pictures or one for each pixel, and "
            f"a label. Received: {listed(others, 6) if others else 'no columns'}."
        )
    values, odd = builder.finish()
    kept = np.flatnonzero(~is_text)
    table = Table(
        file=parquet.upload,
        values=values[:, kept],
        odd={number: odd[place] for number, place in enumerate(kept.tolist()) if place in odd},
        indices=tuple(wanted[place] for place in kept),
        names=tuple(names[place] for place in kept),
        notes=(dropped_note(others, "no numbers"),) if others else (),
        texts=text_columns,
        words={wanted[place]: tuple(texts[place]) for place in kept if _are_words(texts[place])},
        parts=parts,
        parts_column="" if split_place is None else names[split_place][:40],
        keys=keys.found,
    )
    return table if split_place is None else table.without(wanted[split_place])


def _split_search(parquet: ParquetFile, wanted: Sequence[int]) -> SplitSearch:
    """For the splits among the wanted columns: text may tell them, and yes or no in one such as `is_test`."""
    fields = [parquet.fields[number] for number in wanted]
    return SplitSearch(
        {
            place: str(field.name)
            for place, field in enumerate(fields)
            if _is_text(_decoded(field.type)) or is_flag(field.name)
        }
    )


def _key_search(parquet: ParquetFile, wanted: Sequence[int]) -> KeySearch:
    """For what names or numbers the rows among the wanted columns."""
    fields = dict(enumerate(parquet.fields[number] for number in wanted))
    texts = {place: str(field.name) for place, field in fields.items() if _is_text(_decoded(field.type))}
    return KeySearch(texts, {place: str(field.name) for place, field in fields.items() if place not in texts})


def check_not_nested(parquet: ParquetFile) -> None:
    """Raise if there are columns within a column, and too few others for the pixels of an image."""
    nested = [str(field.name)[:40] for field in parquet.fields if pa.types.is_struct(field.type)]
    if parquet.picture_column is None and nested and len(parquet.fields) - len(nested) < MIN_SIDE * MIN_SIDE:
        raise DatasetError(
            f"{parquet.upload.title} has columns within a column: {listed(nested, MAX_NAMED)}. Expected a column of "
            "pictures and one of labels side by side. Save it anew in Python: t = "
            "pyarrow.parquet.read_table('a.parquet'), then pyarrow.parquet.write_table(t.flatten(), 'b.parquet')."
        )


def has_numbers(parquet: ParquetFile) -> bool:
    """Whether there are columns that may hold numbers."""
    return any(_may_hold_numbers(field.type) for field in parquet.fields)


def read_parquet_arrays(parquet: ParquetFile) -> list[NamedArray]:
    """The columns as arrays, if one of them holds lists of pixels; else nothing."""
    names = [str(field.name) for field in parquet.fields if _may_hold_numbers(field.type) or _is_list(field.type)]
    if not any(_is_list(field.type) for field in parquet.fields):
        return []
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    for batch in parquet.batches(names):
        for name, column in zip(names, batch.columns, strict=True):
            parts[name].append(_as_array(column, f"{name} in {parquet.upload.title}"))
    return [
        NamedArray(name=name, file=parquet.upload, values=np.concatenate(found))
        for name, found in parts.items()
        if found
    ]


def _may_hold_numbers(kind: pa.DataType) -> bool:
    kind = _decoded(kind)
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind) or _is_text(kind))


def _decoded(kind: pa.DataType) -> pa.DataType:
    """The type of the values of a column, which may be those of a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _as_floats(column: pa.Array, known: dict[str, int | float | None]) -> NDArray[np.float32]:
    """Numbers, or the numbers of texts; NaN where there is none. Adds some texts to those that are known."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not _is_text(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False), np.float32)
    cells = column.to_pylist()
    numbers = {cell: number_of(cell) for cell in dict.fromkeys(cells) if cell is not None}
    if len(known) < MAX_DIFFERENT or None not in known.values():
        known |= {cell: number for cell, number in numbers.items() if number is None or len(known) < MAX_DIFFERENT}
    return np.array([numbers.get(cell) for cell in cells], np.float32)  # None becomes NaN


def _wrong_first(known: dict[str, int | float | None]) -> tuple[str, ...]:
    """Examples of the texts of a column, those that are no numbers first."""
    return tuple(sorted(known, key=lambda text: known[text] is not None))


def _are_words(known: dict[str, int | float | None]) -> bool:
    """Whether some texts of a column are words, not numbers."""
    return any(isinstance(number, int) for number in known.values())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _as_array(column: pa.Array, title: str) -> NDArray[Any]:
    """A column of lists of lists of the same lengths as one array."""
    sides = [len(column)]
    while _is_list(column.type):
        lengths = pc.unique(pc.list_value_length(column)).to_pylist()
        if len(lengths) != 1 or not lengths[0]:
            raise DatasetError(f"{title} has lists of different lengths. Expected as many pixels in each image.")
        sides.append(lengths[0])
        column = column.flatten()
    return np.asarray(column.to_numpy(zero_copy_only=False)).reshape(sides)
