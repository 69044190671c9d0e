"""Images and labels in a CSV table: a label and 784 pixels per row, like MNIST on Kaggle."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mnist_core.data.dataset import SIDE, Split
from mnist_core.data.imports.arrays import byte_images, byte_labels
from mnist_core.data.imports.uploads import MAX_IMAGES, MAX_UPLOAD_BYTES, OldReading, Upload
from mnist_core.data.sources.idx import GZIP_MAGIC
from mnist_core.errors import DatasetError, shown

N_PIXELS = SIDE * SIDE
N_COLUMNS = N_PIXELS + 1
MAX_LINE_BYTES = 20_000
SEPARATORS = (",", ";", "\t")
CHUNK_ROWS = 4096


def read_csv_upload(upload: Upload) -> OldReading:
    """A table with 785 columns, plain or gzip-compressed, with or without a header.

    The label is the first column, or the one that the header calls `label`. Columns are separated by commas, semicolons
    or tabs.

    Raises:
        DatasetError: another number of columns, text or gaps among the numbers, labels or pixels out of range.
    """
    stream = _unpacked(upload)
    separator, header = _examine(stream, upload.title)
    label_column = _label_column(header, upload.title) if header else 0
    table = _parse(stream, upload.title, separator, has_header=header is not None)
    labels = byte_labels(table[:, label_column], f"column {label_column + 1} of {upload.title}")
    pixels, notes = byte_images(np.delete(table, label_column, axis=1), upload.title)
    return OldReading(images=Split(images=pixels, labels=labels), notes=notes)


def _unpacked(upload: Upload) -> BinaryIO:
    if not upload.data.startswith(GZIP_MAGIC):
        return upload.stream()
    try:
        with gzip.GzipFile(fileobj=upload.stream()) as stream:
            data = stream.read(MAX_UPLOAD_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{upload.title} is damaged or cut off: {error}.") from error
    if len(data) > MAX_UPLOAD_BYTES:
        raise DatasetError(f"{upload.title} unpacks to more than {MAX_UPLOAD_BYTES:,} bytes.")
    return io.BytesIO(data)


def _examine(stream: BinaryIO, title: str) -> tuple[str, list[str] | None]:
    """The separator, and the header's names if the first line is one."""
    first = stream.readline(MAX_LINE_BYTES)
    stream.seek(0)
    if not first.strip():
        raise DatasetError(f"{title} is empty.")
    text = first.decode("utf-8-sig", errors="replace").strip()
    separator = max(SEPARATORS, key=text.count)
    cells = [cell.strip().strip('"') for cell in text.split(separator)]
    if len(first) == MAX_LINE_BYTES or len(cells) != N_COLUMNS:
        received = f"more than {len(cells):,}" if len(first) == MAX_LINE_BYTES else f"{len(cells):,}"
        hint = " The label is missing." if len(cells) == N_PIXELS else ""
        raise DatasetError(
            f"Wrong number of columns in {title}. Expected {N_COLUMNS}: a label and {N_PIXELS} pixels. "
            f"Received: {received}.{hint}"
        )
    return separator, None if _is_number(cells[0]) and _is_number(cells[-1]) else cells


def _label_column(header: list[str], title: str) -> int:
    names = [name.lower() for name in header]
    named = [names.index(name) for name in ("label", "class", "digit", "y", "target") if name in names]
    return named[0] if named else 0


def _parse(stream: BinaryIO, title: str, separator: str, *, has_header: bool) -> NDArray[Any]:
    """The numbers (N, 785), read in parts, so that too many rows or a wrong one are found early."""
    parts: list[NDArray[Any]] = []
    try:
        reader = pd.read_csv(
            stream, sep=separator, header=None, skiprows=int(has_header), dtype=np.float32, chunksize=CHUNK_ROWS,
            encoding="utf-8-sig", keep_default_na=False, na_values=[""], index_col=False, engine="c",
        )  # fmt: skip
        for chunk in reader:
            parts.append(_checked(chunk.to_numpy(), sum(map(len, parts)), title))
    except pd.errors.EmptyDataError as error:
        raise DatasetError(f"{title} has no rows below its header.") from error
    except (ValueError, OverflowError) as error:  # pandas' parser errors, and texts that are not UTF-8, are ValueErrors
        raise DatasetError(_fault(stream, title, separator, has_header=has_header)) from error
    return np.concatenate(parts)


def _checked(chunk: NDArray[Any], n_before: int, title: str) -> NDArray[Any]:
    """The rows, as bytes if they are whole numbers up to 255; ValueError if a value is missing."""
    if n_before + len(chunk) > MAX_IMAGES:
        raise DatasetError(f"{title} has too many rows. Expected at most {MAX_IMAGES:,}.")
    if chunk.shape[1] != N_COLUMNS or not np.isfinite(chunk).all():
        raise ValueError
    is_bytes = chunk.min() >= 0 and chunk.max() <= 255 and (chunk == np.floor(chunk)).all()
    return chunk.astype(np.uint8) if is_bytes else chunk


def _fault(stream: BinaryIO, title: str, separator: str, *, has_header: bool) -> str:
    """The error in the first line that is not 785 numbers."""
    stream.seek(0)
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        text = line.decode("utf-8", errors="replace").strip().lstrip("\ufeff")
        if not text or (has_header and number == 1):
            continue
        cells = text.split(separator)
        if len(cells) != N_COLUMNS:
            return f"Line {number:,} of {title} is not valid. Expected {N_COLUMNS} values. Received: {len(cells):,}."
        wrong = next((cell for cell in cells if not _is_number(cell)), None)
        if wrong is not None:
            return f"Line {number:,} of {title} is not valid. Expected numbers. Received: {shown(wrong)}."
    return f"{title} cannot be read as a table of numbers."


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text.strip().strip('"'))))
    except ValueError:
        return False
