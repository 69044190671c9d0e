"""Makes files as people have them, with plain numpy, Pillow and the standard library."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

IDX_CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PIXELS = [f"pixel{i}" for i in range(784)]


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Real digits: uint8 (N, 28, 28) and (N,)."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> Digits:
        return Digits(images=self.images[rows], labels=self.labels[rows])


def idx_bytes(array: np.ndarray, kind: str = "u1") -> bytes:
    header = bytes([0, 0, IDX_CODES[kind], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(f">{kind}").tobytes()


def npy_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def npz_bytes(*arrays: np.ndarray, **named: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, *arrays, **named)
    return buffer.getvalue()


def rows_of(digits: Digits, first: Sequence[Sequence[object]] = (), last: Sequence[Sequence[object]] = ()) -> list:
    """Rows of a table: some columns, the pixels, some more columns."""
    pixels = digits.images.reshape(len(digits), -1).tolist()
    before, after = [list(c) for c in zip(*first, strict=True)], [list(c) for c in zip(*last, strict=True)]
    return [[*(before[i] if before else []), *pixels[i], *(after[i] if after else [])] for i in range(len(digits))]


def csv_bytes(
    rows: Sequence[Sequence[object]],
    header: Sequence[str] | None = None,
    *,
    separator: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    lines = [separator.join(map(str, row)) for row in ([header] if header else []) + list(rows)]
    return ("\n".join(lines) + "\n").encode(encoding)


def kaggle_bytes(digits: Digits) -> bytes:
    """The label first, with a header."""
    return csv_bytes(rows_of(digits, [digits.labels.tolist()]), ["label", *PIXELS])


def picture_bytes(array: np.ndarray, kind: str = "PNG", mode: str | None = None, **options: object) -> bytes:
    image = Image.fromarray(array)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def picture_members(digits: Digits, pattern: str = "{label}/{i}.png", kind: str = "PNG", **options: object) -> dict:
    return {
        pattern.format(label=label, i=i): picture_bytes(image, kind, **options)
        for i, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True))
    }


def parquet_bytes(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def zip_bytes(members: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.filename = name  # zipfile writes backslashes as they are only so
            info.compress_type = archive.compression
            archive.writestr(info, data)
    return buffer.getvalue()


def tar_bytes(members: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    paths = []
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(path)
    return paths


def gz(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)
