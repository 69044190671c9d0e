from __future__ import annotations

import gzip
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.data.sources.idx import parse_idx, parse_idx_of_any_type, read_idx
from mnist_core.errors import DatasetError
from tests.data.idx_files import write_idx


def header(*shape: int, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


@pytest.mark.parametrize("name", ["images", "images.gz"])
@pytest.mark.parametrize("shape", [(3, 28, 28), (7,), (2, 5), (0,)])
def test_what_is_written_is_read(tmp_path: Path, name: str, shape: tuple[int, ...]):
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    write_idx(tmp_path / name, array)
    assert np.array_equal(read_idx(tmp_path / name), array)


def test_gzip_is_recognised_by_content_not_by_name(tmp_path: Path):
    (tmp_path / "plain-looking").write_bytes(gzip.compress(header(2) + b"\x01\x02"))
    assert read_idx(tmp_path / "plain-looking").tolist() == [1, 2]


PACKED = gzip.compress(header(1000) + bytes(1000))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\x00\x00\x0d\x03" + bytes(100), "not an IDX file of bytes. Expected"),
        (b"<!doctype html>", "not an IDX file of bytes"),
        (b"\x00\x00\x08\x03\x00\x00", "cut off within its header"),
        (header(10) + bytes(9), "cut off. Expected 10 bytes of values. Received: 9"),
        (header(1000) + bytes(9), "too short to hold"),
        (header(10) + bytes(11), "longer than its header says"),
        (header(2**31, 28, 28), "too large.*300,000.*2,147,483,648 x 28 x 28"),
        (header(200_000, 256, 256), r"claims 13,107,200,000 bytes"),
        (header(10, 2000, 28) + bytes(560_000), "too large"),
        (gzip.compress(header(60_000_000)), "too large"),
        (gzip.compress(header(100_000, 28, 28)), "claims 78,400,000 bytes of data. Expected at most 64,000,000"),
        (gzip.compress(header(50_000, 28, 28)), "cut off or mislabelled"),
        (gzip.compress(header(100) + bytes(99)), "cut off. Expected 100 bytes of values. Received: 99"),
        (gzip.compress(header(100) + bytes(101)), "longer than its header says"),
        (PACKED[:-12], "cut off: its gzip data ends too early"),
        (PACKED[:-8] + bytes(4) + PACKED[-4:], "damaged: CRC check failed"),
        (b"\x1f\x8b" + bytes(30), "damaged"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else len(value)
    ),  # gzip writes the time: the content itself would name the same test differently in each process
)
def test_a_bad_file_is_refused_with_its_name_and_the_reason(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=f"^train-images-idx3-ubyte.*{sentence}") as caught:
        read_idx(path)
    assert "\n" not in str(caught.value)


def test_labels_under_the_name_of_images_are_told_from_images(tmp_path: Path):
    write_idx(tmp_path / "train-images-idx3-ubyte", np.zeros(5, np.uint8))
    with pytest.raises(DatasetError, match=r"Expected images \(3 dimensions\). Received: labels \(1 dimension\)"):
        read_idx(tmp_path / "train-images-idx3-ubyte", dimensions=3)


def test_a_missing_file_and_a_folder_are_one_error(tmp_path: Path):
    with pytest.raises(DatasetError, match="absent cannot be read: No such file"):
        read_idx(tmp_path / "absent")
    with pytest.raises(DatasetError, match="cannot be read: Is a directory"):
        read_idx(tmp_path)


def test_a_bomb_is_refused_before_memory_is_spent(tmp_path: Path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(header(70_000, 28, 28) + bytes(200_000_000)))
    tracemalloc.start()
    with pytest.raises(DatasetError, match="bomb.gz"):
        read_idx(path, max_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_plain_file_that_is_too_large_to_read_is_mapped(tmp_path: Path):
    images = np.random.default_rng(0).integers(0, 256, (2000, 28, 28)).astype(np.uint8)
    write_idx(tmp_path / "images", images)
    tracemalloc.start()
    mapped = read_idx(tmp_path / "images", max_bytes=1000, dimensions=3)
    last = mapped[-1].copy()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes / 10
    np.testing.assert_array_equal(last, images[-1])
    np.testing.assert_array_equal(mapped, images)
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0, 0] = 1


def test_a_file_may_hold_a_label_for_each_of_the_images_that_can_be_mapped(tmp_path: Path):
    labels = np.arange(1_000_000, dtype=np.uint8) % 10
    write_idx(tmp_path / "labels", labels)
    np.testing.assert_array_equal(read_idx(tmp_path / "labels", dimensions=1), labels)


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"\0"])
def test_a_file_to_map_has_the_size_that_its_header_says(tmp_path: Path, change: Callable[[bytes], bytes]):
    (tmp_path / "images").write_bytes(change(header(50, 28, 28) + bytes(50 * 784)))
    with pytest.raises(DatasetError, match="images is cut off or mislabelled. Expected 39,200 bytes"):
        read_idx(tmp_path / "images", max_bytes=1000)


@given(st.binary(max_size=200))
def test_any_bytes_lead_to_an_array_or_an_error(content: bytes):
    import io

    for data in (content, b"\x00\x00\x08\x01" + content, b"\x1f\x8b\x08\x00" + content):
        try:
            parse_idx(io.BytesIO(data), "file")
        except DatasetError as error:
            sentence = str(error)
        else:
            sentence = "file is fine"
        assert sentence.startswith("file ")


@pytest.mark.parametrize(("code", "kind"), [(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")])
def test_every_number_type_of_the_format_is_read(code: int, kind: str):
    import io

    values = np.array([[0, 1], [100, 7]], kind)
    data = header(2, 2, kind=code) + values.astype(f">{kind}").tobytes()
    read = parse_idx_of_any_type(io.BytesIO(data), "a")
    assert np.array_equal(read, values)
    assert read.dtype == values.dtype
    if kind != "u1":
        with pytest.raises(DatasetError, match="not an IDX file of bytes"):
            parse_idx(io.BytesIO(data), "a")
