"""Hostile files: the limits hold before memory is spent, over all archives, and nothing is run."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_core.data.imports import limits
from mnist_core.data.imports.files import unpacking_limits
from mnist_core.data.imports.files.unpacking import n_entries
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats import matlab, parquet, pictures
from mnist_core.data.imports.reading import read_files
from mnist_core.data.imports.recognising import column_contents, table
from mnist_core.errors import DatasetError
from tests.data.imports.making import (
    Digits,
    gz,
    idx_bytes,
    npz_bytes,
    picture_bytes,
    picture_members,
    tar_bytes,
    zip_bytes,
)
from tests.thorough import one_in

MEGABYTE = 1_000_000


@pytest.fixture
def memory() -> Iterator[list[int]]:
    """Filled with the peak of the memory that Python and numpy allocated."""
    peak: list[int] = []
    tracemalloc.start()
    yield peak
    tracemalloc.stop()


def refused(files: dict[str, bytes], sentence: str, memory: list[int], most: int = 12 * MEGABYTE) -> None:
    uploads = [Upload(name=name, data=data) for name, data in files.items()]
    tracemalloc.reset_peak()
    begin = tracemalloc.get_traced_memory()[0]
    with pytest.raises(DatasetError, match=sentence):
        read_files(uploads)
    assert tracemalloc.get_traced_memory()[1] - begin < most


def zeros(n: int) -> bytes:
    """n zeros, gzip-compressed part by part."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(MEGABYTE)
    return b"".join([*(packer.compress(block) for _ in range(n // MEGABYTE)), packer.flush()])


def test_a_gzip_bomb_ends_at_the_limit(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_UNPACKED_BYTES", 20 * MEGABYTE)
    for data in (zeros(50 * MEGABYTE), gz(zeros(50 * MEGABYTE)), zip_bytes({"a.csv.gz": zeros(50 * MEGABYTE)})):
        refused({"a.gz": data}, "unpacks to too much. Expected at most 20,000,000 bytes", memory)


@pytest.mark.parametrize("new", [bz2.BZ2Compressor, lambda: lzma.LZMACompressor(preset=0)], ids=["bzip2", "xz"])
def test_a_bomb_of_bzip2_or_xz_ends_at_the_limit(new, memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_UNPACKED_BYTES", 20 * MEGABYTE)
    packer, block = new(), bytes(MEGABYTE)
    data = b"".join([*(packer.compress(block) for _ in range(40)), packer.flush()])
    assert len(data) < 20_000
    for files in ({"a.csv.xz": data}, {"a.zip": zip_bytes({"a.csv.bz2": data})}, {"a.gz": gz(data)}):
        refused(files, "unpacks to too much. Expected at most 20,000,000 bytes", memory)


def test_compressed_files_within_each_other_end(memory) -> None:
    data = b"1,2\n"
    for _ in range(10):
        data = lzma.compress(bz2.compress(data))
    refused({"a.xz": data}, "nested too deep", memory, 80 * MEGABYTE)


def test_a_zip_bomb_ends_at_the_limit(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_UNPACKED_BYTES", 20 * MEGABYTE)
    table_of_numbers = b"1,2,3\n" * 5_000_000
    packed = zip_bytes({"a.csv": table_of_numbers})
    refused({"a.zip": packed}, "unpacks to too much", memory)
    refused({"b.zip": zip_bytes({"a.zip": packed, "b.zip": packed})}, "unpacks to too much", memory)
    refused({"t.tgz": tar_bytes({"a.zip": packed})}, "unpacks to too much", memory)


def test_the_limit_holds_for_all_archives_together(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_UNPACKED_BYTES", 20 * MEGABYTE)
    some = zip_bytes({"a.csv": b"1,2,3\n" * (6 * MEGABYTE // 6)})
    files = {f"{i}.zip": some for i in range(4)}
    refused(files, "3.zip unpacks to too much", memory)


def test_pictures_count_by_what_they_claim(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_UNPACKED_BYTES", MEGABYTE)
    members = {f"7/{i}.png": bytes(100_000) for i in range(20)}
    refused({"a.zip": zip_bytes(members)}, "unpacks to too much", memory)
    refused({"b.zip": zip_bytes({"a.zip": zip_bytes(members)})}, "unpacks to too much", memory)


def test_archives_within_archives_end(memory) -> None:
    data = zip_bytes({"7/a.png": picture_bytes(np.eye(28, dtype=np.uint8))})
    for _ in range(limits.MAX_DEPTH + 1):
        data = zip_bytes({"a.zip": data})
    refused({"a.zip": data}, r"nested too deep. Expected at most 3 archives in each other. Unpack the outer", memory)


def test_an_archive_that_holds_itself_over_and_over_ends(memory) -> None:
    data = gz(b"1,2\n")
    for _ in range(20):
        data = gz(data)
    refused({"a.gz": data}, "nested too deep", memory)


def zip_of_empty_members(n: int) -> bytes:
    """As `zipfile` would write it, but in a moment; not ZIP64, so the number of members is told modulo 65,536."""
    local, directory = bytearray(), bytearray()
    for i in range(n):
        name = b"7/%06d.png" % i
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, 0, 0, 0, len(name), 0)
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
        )
        local += b"PK\x03\x04" + fields + name
    end = struct.pack("<HHHHIIH", 0, 0, n % 2**16, n % 2**16, len(directory), len(local), 0)
    return bytes(local + directory + b"PK\x05\x06" + end)


def test_the_hand_made_zip_of_the_next_test_is_one() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_of_empty_members(300))) as archive:
        assert archive.namelist()[299] == "7/000299.png"
        assert archive.testzip() is None


def test_too_many_members_are_refused_before_they_are_listed(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_FILES", 20_000)
    data = zip_of_empty_members(30_000)
    refused({"a.zip": data}, "too many members. Expected at most 20,000", memory, 16 * MEGABYTE)


@pytest.mark.parametrize("remark", [b"", b"made by hand", b"x" * 65_535])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n" * 20_000])
@pytest.mark.parametrize("is_zip64", [False, True])
def test_the_members_of_a_zip_are_counted_once(
    remark: bytes, before: bytes, is_zip64: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a zip within it, which is stored as it is, are not its own."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 10 if is_zip64 else 2**16)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inner.zip", zip_of_empty_members(300))
        for i in range(30):
            archive.writestr(f"{i}.txt", b"PK\x01\x02")
        archive.comment = remark
    data = before + buffer.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert n_entries(io.BytesIO(data)) == len(archive.infolist()) == 31


def test_a_zip_in_a_zip_may_have_as_many_members_as_one_alone(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_FILES", len(digits) + 1)
    inner = zip_bytes(picture_members(digits))
    reading = read_files([Upload(name="outer.zip", data=zip_bytes({"inner.zip": inner}, stored=True))])
    assert len(reading.labels) == len(digits)


def test_no_end_of_a_zip_counts_nothing() -> None:
    for data in (b"", b"PK", bytes(99), zip_of_empty_members(30)[:-5]):
        assert n_entries(io.BytesIO(data)) == 0


def test_too_many_members_of_tar_archives_are_refused(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_FILES", 50)
    refused({"a.tgz": tar_bytes({f"7/{i}.png": b"" for i in range(60)})}, "too many members", memory)


def test_too_many_files_of_arrays_are_refused(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking_limits, "MAX_DATA_FILES", 5)
    refused({"a.zip": zip_bytes({f"{i}.csv": b"1,2\n" for i in range(9)})}, "too many files with arrays", memory)


def test_links_devices_and_doubled_names_in_archives_are_refused(memory) -> None:
    for mode in (0o120777, 0o020666, 0o010644):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            link = zipfile.ZipInfo("7/a.png")
            link.external_attr = mode << 16
            archive.writestr(link, "/etc/passwd")
        refused({"a.zip": buffer.getvalue()}, "is a link or a device: a.png", memory)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("7/a.png", b"x")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("7/a.png", b"y")
    refused({"a.zip": buffer.getvalue()}, "two members of the same name", memory)


@pytest.mark.parametrize(
    "name", ["../7/a.png", "7/../../a.png", "/7/a.png", "C:/7/a.png", "..\\7\\a.png", "C:\\7\\a.png"]
)
def test_a_name_that_leads_out_is_refused(name: str, memory) -> None:
    refused({"a.zip": zip_bytes({name: b"x"})}, "leads out of its folder", memory)
    if "\\" not in name:
        refused({"a.tgz": tar_bytes({name: b"x"})}, "leads out of its folder", memory)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


PICTURES = {
    "huge": (png_header(30_000, 30_000), r"30,000 x 30,000 pixels, more than 4,000,000|damaged"),
    "large": (png_header(3_000, 3_000), "3,000 x 3,000 pixels, more than 4,000,000"),
    "tiny": (png_header(1, 1), "only 1 x 1 pixels"),
    "short": (png_header(100, 100), "damaged or cut off"),
    "many bytes": (picture_bytes(np.eye(28, dtype=np.uint8)) + bytes(8_000_001), "more than 8,000,000 bytes"),
    "a drawing that runs code": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a picture"),
}


@pytest.mark.parametrize("name", one_in(2, PICTURES))
def test_a_hostile_picture_costs_only_itself_and_no_memory(name: str, memory, digits: Digits) -> None:
    data, reason = PICTURES[name]
    refused({"a.zip": zip_bytes({"7/a.png": data})}, reason, memory, 30 * MEGABYTE)
    reading = read_files([Upload(name="b.zip", data=zip_bytes({**picture_members(digits), "7/a.png": data}))])
    assert len(reading.labels) == len(digits)
    assert any("7/a.png" in note for note in reading.notes)


def npy_header(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


CLAIMS = {
    "npy": ({"a.npy": npy_header((10**9, 28, 28))}, "claims 6,272,000,000,000 bytes"),
    "npz": ({"a.npz": zip_bytes({"x.npy": npy_header((10**9, 28, 28))})}, "claims 6,272,000,000,000 bytes"),
    "IDX": ({"a-images": bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 28, 28)}, "too large"),
    "IDX of floats": ({"a-images": bytes([0, 0, 14, 3]) + struct.pack(">3I", 299_000, 1000, 1000)}, "claims"),
    "packed IDX": ({"a.gz": gz(bytes([0, 0, 8, 3]) + struct.pack(">3I", 200_000, 28, 28))}, "too short"),
    "many arrays": ({"a.npz": zip_bytes({f"a{i}.npy": npy_header((1,)) for i in range(99)})}, "too many members"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_an_array_claims_is_checked_before_memory_is_spent(name: str, memory) -> None:
    files, sentence = CLAIMS[name]
    refused(files, sentence, memory)


def matlab_element(claimed: int, data: bytes) -> bytes:
    body = zlib.compress(struct.pack("<II", 14, claimed) + data)
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 15, len(body)) + body


def test_what_a_matlab_file_claims_is_checked_before_it_is_unpacked(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matlab, "MAX_UNPACKED_BYTES", 10 * MEGABYTE)
    refused({"a.mat": matlab_element(20 * MEGABYTE, bytes(20 * MEGABYTE))}, "unpacks to more than 10,000,000", memory)
    refused({"a.mat": matlab_element(100, bytes(20 * MEGABYTE))}, "damaged or cut off MATLAB", memory, 80 * MEGABYTE)


def mat_4_header(rows: int, columns: int, order: str = "<", kind: int = 0) -> bytes:
    return struct.pack(f"{order}5i", kind, rows, columns, 0, 2) + b"x\0"


OLD_MATLAB = {
    "too much": (mat_4_header(100_000, 10_000), "unpacks to more than"),
    "too much in two": (mat_4_header(1, 1) + bytes(8) + mat_4_header(100_000, 10_000), "unpacks to more than"),
    "text of four bytes": (mat_4_header(100_000, 5_000, kind=51), "unpacks to more than"),
    "another byte order": (
        mat_4_header(1, 1, ">", 1000) + bytes(8) + mat_4_header(1 << 30, 1, ">"), "unpacks to more than",
    ),
    "a negative size later": (mat_4_header(1, 1) + bytes(8) + mat_4_header(-1, 5), "damaged or cut off"),
    "another kind later": (mat_4_header(1, 1) + bytes(8) + mat_4_header(5, 5, kind=90), "damaged or cut off"),
    "a cut header": (mat_4_header(1, 1) + bytes(8) + b"12345", "damaged or cut off"),
    "cut off": (mat_4_header(300, 784), "damaged or cut off"),
    "too many": ((mat_4_header(1, 1) + bytes(8)) * 1001, "too many variables"),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD_MATLAB)
def test_what_a_matlab_file_of_version_4_claims_is_checked_before_it_is_read(name: str, memory) -> None:
    data, sentence = OLD_MATLAB[name]
    refused({"a.mat": data}, sentence, memory)


def test_what_a_parquet_file_claims_is_checked_before_it_is_read(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    pq.write_table(
        pa.table({"pixel": pa.array(np.zeros(2 * MEGABYTE)), "label": pa.array(np.zeros(2 * MEGABYTE))}), buffer
    )
    refused({"a.parquet": buffer.getvalue()}, "too many images. Expected at most 300,000. Received: 2,000,000", memory)
    monkeypatch.setattr(parquet, "MAX_UNPACKED_BYTES", MEGABYTE)
    buffer = io.BytesIO()
    values = np.random.default_rng(0).random(200_000)
    pq.write_table(pa.table({"pixel": pa.array(values)}), buffer)
    refused({"a.parquet": buffer.getvalue()}, "unpacks to .* bytes. Expected at most 1,000,000", memory)


def test_tables_are_bounded_in_rows_columns_and_lines(memory, monkeypatch: pytest.MonkeyPatch) -> None:
    refused({"a.csv": b"1," * 600_000}, "too long|too many columns", memory, 60 * MEGABYTE)
    refused({"a.csv": b"1," * 30_000 + b"1\n"}, "too many columns. Expected at most 20,000", memory, 60 * MEGABYTE)
    monkeypatch.setattr(table, "MAX_UNPACKED_BYTES", 100_000)
    row = ",".join(["3"] + ["0"] * 784).encode() + b"\n"
    refused({"a.csv": row * 200}, "too large: its numbers need more than 100,000 bytes", memory, 20 * MEGABYTE)


def test_too_many_images_are_refused(memory) -> None:
    n = limits.MAX_IMAGES + 1
    files = {"a.npz": npz_bytes(x=np.zeros((n, limits.MIN_SIDE, limits.MIN_SIDE), bool), y=np.zeros(n, np.uint8))}
    refused(files, "too many images. Expected at most 300,000. Received: 300,001", memory, 60 * MEGABYTE)


def test_emnist_fits_into_the_limits() -> None:
    assert limits.MAX_IMAGES >= 280_000
    assert limits.MAX_UNPACKED_BYTES >= 280_000 * 785
    assert limits.MAX_UNPACKED_BYTES < limits.MAX_MEMORY_BYTES


def test_pickled_objects_are_not_run(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self):  # type: ignore[no-untyped-def]
            return (tmp_path.joinpath("harmed").touch, ())

    import pickle

    array = io.BytesIO()
    np.save(array, np.array([Harm()], object), allow_pickle=True)
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=True, x=np.array([Harm()], object))
    for name, data in {
        "a.npy": array.getvalue(), "a.npz": archive.getvalue(), "a.pkl": pickle.dumps(Harm()),
        "a.pkl.gz": gz(pickle.dumps(Harm())), "b.zip": zip_bytes({"a.npy": array.getvalue()}),
        "train-labels-idx1-ubyte.gz": gz(pickle.dumps(Harm())),
    }.items():  # fmt: skip
        with pytest.raises(DatasetError, match="code"):
            read_files([Upload(name=name, data=data)])
    assert not (tmp_path / "harmed").exists()


def test_nothing_is_unpacked_to_a_name(tmp_path: Path, digits: Digits) -> None:
    place = tmp_path / "scratch"
    place.mkdir()
    files = {
        "a.zip": zip_bytes(
            {"deep/x-images": idx_bytes(digits.images), "deep/x-labels.gz": gz(idx_bytes(digits.labels))}
        )
    }
    reading = read_files([Upload(name=name, data=data) for name, data in files.items()], folder=place)
    assert np.array_equal(reading.images, digits.images)
    assert list(place.iterdir()) == []


def test_any_damaged_byte_leads_to_digits_or_to_one_sentence(digits: Digits) -> None:
    """Every kind, cut and with bytes changed at random places."""
    few = digits[:30]
    buffer = io.BytesIO()
    pq.write_table(pa.table({"image": [picture_bytes(i) for i in few.images], "label": few.labels.tolist()}), buffer)
    files = {
        "a.npz": npz_bytes(x=few.images, y=few.labels),
        "a.zip": zip_bytes(picture_members(few)),
        "a.tgz": tar_bytes(picture_members(few)),
        "a.parquet": buffer.getvalue(),
        "a.gz": gzip.compress(idx_bytes(few.images)),
    }
    random = np.random.default_rng(8)
    for name, data in files.items():
        for _ in range(25):
            damaged = bytearray(data[: int(random.integers(1, len(data) + 1))] if random.random() < 0.5 else data)
            for place in random.integers(0, len(damaged), 3):
                damaged[place] = int(random.integers(0, 256))
            sentence = "digits"
            try:
                read_files([Upload(name=name, data=bytes(damaged))])
            except DatasetError as error:
                sentence = str(error)
            assert sentence.isprintable()


def test_the_limits_are_stated_once() -> None:
    for module in (column_contents, matlab, parquet, pictures, table, unpacking_limits):
        for name in vars(module):
            if name.isupper() and hasattr(limits, name):
                assert getattr(module, name) == getattr(limits, name)
