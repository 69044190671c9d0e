from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.data.sources.npz import parse_npz, read_npz
from mnist_core.errors import DatasetError


def npz_of(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def npy_of(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def npy_header(description: str) -> bytes:
    text = description.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


ARRAYS = {
    "plain": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "big_endian": np.arange(5, dtype=">i4"),
    "empty": np.zeros((0, 28, 28), np.uint8),
    "scalar": np.array(3),
    "flags": np.array([True, False]),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_read_as_numpy_reads_them(tmp_path: Path, name: str, save: Any):
    save(tmp_path / "a.npz", **{name: ARRAYS[name]})
    found = read_npz(tmp_path / "a.npz")[name]
    assert np.array_equal(found, ARRAYS[name])
    assert found.dtype == ARRAYS[name].dtype.newbyteorder("=")


def test_only_the_wanted_arrays_are_read(tmp_path: Path):
    np.savez(tmp_path / "a.npz", x=np.zeros(3), y=np.array([object()]))
    assert list(read_npz(tmp_path / "a.npz", only=("x", "z"))) == ["x"]


HUGE = npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296,), }")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "a.npz is empty"),
        (b"text", "not an npz file, or is damaged or cut off"),
        (npz_of(x=npy_of(np.zeros(1000)))[:-40], "damaged or cut off"),
        (npz_of(x=npy_of(np.zeros(1000, ">i2")), y=b"")[30:], "damaged or cut off"),
        (npz_of(x=HUGE), "x in a.npz claims 34,359,738,368 bytes of data but has at most"),
        (npz_of(x=npy_of(np.array([{}], object), allow_pickle=True)), "Python objects, which may run code"),
        (npz_of(x=b"\x93NUMPY\x02\x00" + struct.pack("<I", 10**9)), "header of 1,000,000,000 bytes"),
        (npz_of(x=npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }")), "negative|cannot be read"),
        (npz_of(x=npy_header("__import__('os').system('true')")), "header that cannot be read"),
        (npz_of(x=npy_header("[" * 100)), "header that cannot be read"),
        (npz_of(x=b"nothing like it"), "x in a.npz is not an array"),
        (npz_of(x=b"\x93NUMPY"), "x in a.npz is not an array"),
        (npz_of(**{f"a{i}": b"" for i in range(100)}), "too many members. Expected at most 32. Received: 100"),
    ],
)
def test_a_bad_archive_is_refused_with_its_name_and_the_reason(content: bytes, sentence: str):
    with pytest.raises(DatasetError, match=sentence):
        parse_npz(io.BytesIO(content), "a.npz")


def test_damaged_data_fail_their_checksum():
    content = bytearray(npz_of(x=npy_of(np.random.default_rng(0).integers(0, 256, 5000, np.uint8))))
    content[3000] ^= 0xFF
    with pytest.raises(DatasetError, match="damaged"):
        parse_npz(io.BytesIO(bytes(content)), "a.npz")


def test_a_bomb_is_refused_before_memory_is_spent():
    bomb = npz_of(x=npy_of(np.zeros(100_000_000, np.uint8)))
    tracemalloc.start()
    with pytest.raises(DatasetError, match="unpacks to 100,000,128 bytes. Expected at most 1,000,000"):
        parse_npz(io.BytesIO(bomb), "bomb.npz", max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_an_archive_with_a_password_or_a_name_twice_is_refused():
    content = bytearray(npz_of(x=npy_of(np.zeros(3))))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    with pytest.raises(DatasetError, match="encrypted"):
        parse_npz(io.BytesIO(bytes(content)), "a.npz")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.npy", npy_of(np.zeros(3)))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("x.npy", npy_of(np.ones(3)))
    with pytest.raises(DatasetError, match="two members of the same name"):
        parse_npz(buffer, "a.npz")
