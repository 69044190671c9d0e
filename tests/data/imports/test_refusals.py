"""What cannot be imported is called what it is, and the way out is named; in one line, and nothing is left on disk."""

from __future__ import annotations

import bz2
import io
import lzma
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.imports.files.file_kinds import Kind, kind_of, named_kind
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import read_files
from mnist_core.errors import DatasetError
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    Digits,
    gz,
    idx_bytes,
    kaggle_bytes,
    npy_bytes,
    npz_bytes,
    picture_bytes,
    zip_bytes,
)

IMAGES = np.zeros((3, 28, 28), np.uint8)


def objects() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, x=IMAGES, y=np.array([1, 2, None], object))
    return buffer.getvalue()


def encrypted() -> bytes:
    data = bytearray(zip_bytes({"7/a.png": picture_bytes(IMAGES[0])}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def xz_that_needs(n_bytes: int) -> bytes:
    """A small file whose header claims so much memory for unpacking it."""
    return lzma.compress(b"1,2\n", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": n_bytes}])


def damaged_member(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("d.csv", b"1,2,3\n" * 999)
    data = bytearray(buffer.getvalue())
    for place in range(50, 90):
        data[place] ^= 255
    return bytes(data)


EXCEL = zip_bytes({"[Content_Types].xml": b"", "xl/workbook.xml": b""})
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 5\n"

# The files, what they are called in the message, and the way out.
FILES = {
    "page as IDX": (
        {"t10k-images-idx3-ubyte.gz": b"<!doctype html><p>404"},
        "is a web page, not an IDX file", "browser",
    ),
    "page as zip": ({"m.zip": b"\n <HTML><body>login</body>"}, "is a web page, not a zip archive", "browser"),
    "page as table": ({"train.csv": b"<html>"}, "is a web page, not a CSV table", "browser"),
    "page packed": ({"train.csv.gz": gz(b"<html>")}, "is a web page, not a CSV table", "browser"),
    "pickle": ({"mnist.pkl.gz": gz(pickle.dumps((1, 2)))}, "is a pickle, which can run any code", "numpy.savez("),
    "old pickle": ({"mnist.pkl": pickle.dumps([1], 0)}, "is a pickle", "numpy.savez("),
    "pickle in a zip": (
        {"m.zip": zip_bytes({"d/m.pkl": pickle.dumps(1)})},
        "m.pkl in m.zip is a pickle", "numpy.savez(",
    ),
    "PyTorch": ({"training.pt": zip_bytes({"training/data.pkl": b"\x80\x02"})}, "is a PyTorch file", "torch.load"),
    "objects": ({"a.npz": objects()}, "holds Python objects, which may run code", "astype"),
    "MATLAB 7.3": ({"a.mat": b"MATLAB 7.3 MAT-file" + bytes(200)}, "is a MATLAB 7.3 file, which is HDF5", "-v7"),
    "HDF5": ({"a.h5": b"\x89HDF\r\n\x1a\n" + bytes(99)}, "is an HDF5 file", "numpy.savez("),
    "HDF5 as npz": (
        {"a.npz": b"\x89HDF\r\n\x1a\n" + bytes(99)},
        "is an HDF5 file, not an npz archive", "numpy.savez(",
    ),
    "Keras": ({"m.keras": zip_bytes({"model.weights.h5": b""})}, "is a Keras model", "not images"),
    "Excel": ({"d.xlsx": EXCEL}, "is an Excel workbook", "as CSV"),
    "Excel as table": ({"d.csv": EXCEL}, "is an Excel workbook, not a CSV table", "as CSV"),
    "PDF": ({"d.pdf": b"%PDF-1.7"}, "is a PDF document", "PNG"),
    "7z": ({"d.7z": b"7z\xbc\xaf\x27\x1c"}, "is a 7z archive", "Unpack it"),
    "RAR": ({"d.rar": b"Rar!\x1a"}, "is a RAR archive", "Unpack it"),
    "cut xz": ({"d.csv.xz": lzma.compress(b"1,2\n" * 999)[:-20]}, "d.csv.xz is damaged or cut off", "again"),
    "cut bzip2": ({"d.csv.bz2": bz2.compress(b"1,2\n" * 999)[:-20]}, "d.csv.bz2 is damaged or cut off", "again"),
    "xz of a gigabyte": ({"d.csv.xz": xz_that_needs(2**30)}, "takes too much memory to unpack", "Unpack it yourself"),
    "bzip2 in a zip": ({"d.zip": damaged_member(zipfile.ZIP_BZIP2)}, "d.zip is damaged or cut off", "again"),
    "LZMA in a zip": ({"d.zip": damaged_member(zipfile.ZIP_LZMA)}, "d.zip is damaged or cut off", "again"),
    "page in bzip2": ({"train.csv.bz2": bz2.compress(b"<html>")}, "is a web page, not a CSV table", "browser"),
    "Arrow": ({"d.arrow": b"ARROW1\0\0"}, "is an Arrow or Feather file", "Parquet or CSV"),
    "SQLite": ({"d.db": b"SQLite format 3\0"}, "is an SQLite database", "CSV"),
    "LIBSVM": ({"mnist.scale": b"5 153:3 154:18\n0 128:51\n"}, "is a LIBSVM table", "load_svmlight_file"),
    "JSON": ({"d.json": b'{"a": [1, 2]}'}, "is a JSON file", "numpy.savez("),
    "pointer": ({"train.csv": LFS}, "is a pointer of Git LFS", "git lfs pull"),
    "SVG": ({"7.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"}, "is an SVG drawing", "PNG"),
    "picture as table": ({"d.csv": picture_bytes(IMAGES[0])}, "is a PNG picture, not a CSV table", "Expected"),
    "text": ({"d.csv": b"just a sentence\n"}, "is a text without a table of numbers", "Choose the file"),
    "noise": ({"d.bin": bytes(range(128, 256)) * 9}, "is of no known kind", "numpy.savez("),
    "empty": ({"d.npz": b""}, "d.npz is empty", "Copy or download it again"),
    "encrypted": ({"d.zip": encrypted()}, "is encrypted", "without one"),
    "cut zip": ({"d.zip": zip_bytes({"7/a.png": picture_bytes(IMAGES[0])})[:-30]}, "damaged or cut off", "again"),
    "cut gzip": ({"d.csv.gz": gz(b"1,2\n" * 999)[:-20]}, "damaged or cut off", "again"),
    "cut npy": ({"d.npy": npy_bytes(IMAGES)[:-9]}, "is cut off. Expected 2,352 bytes", "download it again"),
    "cut IDX": ({"a-images": idx_bytes(IMAGES)[:-9]}, "is cut off", "Expected 2,352 bytes"),
    "cut ARFF": ({"a.arff": b"@relation a\n@attribute b real\n"}, "there is no line @data", "again"),
    "sparse ARFF": (
        {"a.arff": b"@relation a\n@attribute b real\n@data\n{0 1}\n"},
        "is a sparse ARFF table", "npz or CSV",
    ),
    "cut Parquet": ({"a.parquet": b"PAR1" + bytes(99)}, "damaged or cut off Parquet file", "again"),
    "cut MATLAB": ({"a.mat": b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + bytes(99)}, "MATLAB", "again"),
    "images alone": ({"a.npy": npy_bytes(IMAGES)}, "labels are missing", "Add the file with the labels"),
    "labels alone": ({"a.npy": npy_bytes(np.arange(9))}, "images are missing", "Add the file with the images"),
    "other shapes": (
        {"a.npz": npz_bytes(left=np.zeros((3, 50)), right=np.zeros((4, 60)))},
        "There are no images", "N x 28 x 28",
    ),
    "counts": (
        {"a.npz": npz_bytes(x=IMAGES, y=np.arange(4))},
        "3 images but y in a.npz has 4 labels", "one label for each",
    ),
    "bits": (
        {"a.npz": npz_bytes(x=np.packbits(IMAGES, axis=2), y=np.arange(3))},
        "These are no images: x in a.npz (3 x 28 x 4)", "numpy.unpackbits(",
    ),
    "other words": (
        {"a.npz": npz_bytes(x=IMAGES, y=np.array(["Bag", "Coat", "Bag"]))},
        "The labels in y in a.npz are words: 'Bag' and 'Coat'. Expected 0 to 9", "cat.codes",
    ),
    "one image": (
        {"a.npz": npz_bytes(x=IMAGES[:1] + np.eye(28, dtype=np.uint8), y=np.ones(1))},
        "too few images", "at least 2",
    ),
    "nothing in a zip": ({"d.zip": zip_bytes({})}, "There are no images", "Expected IDX"),
    "only a text in a zip": ({"d.zip": zip_bytes({"readme.md": b"# Hello there"})}, "readme.md", "Expected IDX"),
    "a page among good files": (
        {"tr-images": idx_bytes(IMAGES), "tr-labels": idx_bytes(np.arange(3)), "t10k-images-idx3-ubyte": b"<html>"},
        "t10k-images-idx3-ubyte is a web page", "browser",
    ),
    "leads out": (
        {"d.zip": zip_bytes({"../7/a.png": picture_bytes(IMAGES[0])})},
        "leads out of its folder", "again",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_refusal_says_what_the_file_is_and_what_to_do(name: str, imported: Import, data_folder: Path) -> None:
    files, what, way_out = FILES[name]
    with pytest.raises(DatasetError) as caught:
        imported(files)
    sentence = str(caught.value)
    assert what in sentence
    assert way_out in sentence
    assert "Expected" in sentence or "again" in sentence or "without" in sentence
    assert sentence.isprintable()
    assert len(sentence) < 600
    assert not any(f"\\x{byte:02x}" in sentence for byte in range(256))
    assert [path for path in data_folder.rglob("*") if path.is_file()] == []


def sparse_bytes(rows: np.ndarray, labels: np.ndarray) -> bytes:
    lines = [
        f"{label} " + " ".join(f"{place + 1}:{row[place]}" for place in np.flatnonzero(row))
        for row, label in zip(rows, labels, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("name", ["mnist.scale", "mnist.scale.bz2", "small.scale"])
def test_the_line_that_converts_a_libsvm_table_can_be_run(
    name: str, imported: Import, digits: Digits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last pixels of all images are 0 and so not in the table, which has to become a square all the same."""
    images = digits.images[:, 6:22, 6:22] if name == "small.scale" else digits.images
    rows = images.reshape(len(digits), -1).copy()
    rows[:, -3:] = 0
    data = sparse_bytes(rows, digits.labels)
    data = bz2.compress(data) if name.endswith("bz2") else data
    (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetError, match="is a LIBSVM table") as error:
        imported({name: data})
    line = re.search(r"in Python: (images, .*?), then (numpy.savez\(.*\))\.$", str(error.value))
    assert line is not None
    exec(f"import numpy, sklearn.datasets\n{line[1]}\n{line[2]}")  # noqa: S102, it is the line to be tried
    with np.load(tmp_path / "digits.npz") as made:
        assert np.array_equal(made["images"], rows)
        assert np.array_equal(made["labels"], digits.labels)


PACKED = {"m.pkl": "open('m.pkl', 'rb')", "m.pkl.gz": "gzip.open('m.pkl.gz')", "m.pkl.bz2": "bz2.open('m.pkl.bz2')"}


@pytest.mark.parametrize("name", PACKED)
def test_the_way_out_of_a_pickle_names_the_file_that_is_there(name: str, imported: Import) -> None:
    plain = pickle.dumps((1, 2))
    packed = {"pkl": plain, "gz": gz(plain), "bz2": bz2.compress(plain)}
    with pytest.raises(DatasetError) as error:
        imported({name: packed[name.rpartition(".")[2]]})
    assert f"pickle.load({PACKED[name]}, encoding" in str(error.value)


def without_middle(data: bytes) -> bytes:
    """A zip archive that lost bytes: its directory names places before its start."""
    return data[: len(data) // 2 - 2000] + data[len(data) // 2 + 2000 :]


def named_wrongly(data: bytes) -> bytes:
    """A zip archive whose names say that they are UTF-8, and are not."""
    data = bytearray(data)
    for mark, flags, name in ((b"PK\x03\x04", 7, 30), (b"PK\x01\x02", 9, 46)):
        place = data.index(mark)
        data[place + flags] |= 8
        data[place + name] = 0xE9
    return bytes(data)


NOISE = np.random.default_rng(0).integers(0, 256, (300, 28, 28), np.uint8)
LOST = {
    "zip of a table": ("d.zip", without_middle(zip_bytes({"a.csv": bytes(9000), "7/a.png": bytes(9000)}, stored=True))),
    "npz": ("d.npz", without_middle(npz_bytes(x=NOISE, y=np.arange(300) % 10))),
    "names of a zip": ("d.zip", named_wrongly(zip_bytes({"7/a.png": picture_bytes(IMAGES[0])}))),
    "names of an npz": ("d.npz", named_wrongly(npz_bytes(x=IMAGES))),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("is_on_disk", [True, False])
def test_an_archive_that_lost_bytes_is_called_damaged(
    name: str, is_on_disk: bool, imported: Import, tmp_path: Path
) -> None:
    file, data = LOST[name]
    (tmp_path / file).write_bytes(data)
    with pytest.raises(DatasetError, match=rf"{file} is (not an npz file, or is )?damaged or cut off\..*again"):
        imported({file: tmp_path / file if is_on_disk else data})


def test_only_what_cannot_be_written_is_said_not_to_be_stored(digits: Digits, tmp_path: Path) -> None:
    packed = Upload(name="a.csv.gz", data=gz(kaggle_bytes(digits)))
    with pytest.raises(DatasetError, match="cannot be stored: No such file or directory"):
        read_files([packed], folder=tmp_path / "missing")
    with pytest.raises(DatasetError, match="files cannot be read: Input/output error"):
        read_files([Upload(name="a.csv", data=Path("/proc/self/mem"))])


def test_every_kind_that_is_not_read_has_a_way_out() -> None:
    from mnist_core.data.imports.files.file_kinds import ARCHIVES, DATA, PICTURES

    without = [kind for kind in Kind if kind not in ARCHIVES | DATA | PICTURES and not kind.way_out]
    assert without == []


def test_a_name_is_shown_short_and_plain(imported: Import) -> None:
    name = "../" + "x" * 500 + "\u202e\n.exe"
    with pytest.raises(DatasetError, match=r"^x+… is of no known kind") as caught:
        imported({name: bytes(range(128, 256))})
    assert str(caught.value).isprintable()


KINDS = {
    "IDX": (idx_bytes(IMAGES), Kind.IDX),
    "npz": (npz_bytes(x=IMAGES), Kind.NPZ),
    "npy": (npy_bytes(IMAGES), Kind.NPY),
    "a table of bytes": (b"5,0,0\n", Kind.TABLE),
    "a table in UTF-16": ("5,0,0\n4,0,0\n".encode("utf-16"), Kind.TABLE),
    "a header only": (b"label,pixel0,pixel1\n", Kind.TABLE),
    "numbers in columns of blanks": (b" 5.0 -1.0 -1.0\n", Kind.TABLE),
    "ARFF after remarks": (b"% made\n%\n@RELATION x\n", Kind.ARFF),
    "a page after a remark": (b"<!-- hi -->\n<html>", Kind.WEB_PAGE),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_known_by_its_content_not_by_its_name(name: str) -> None:
    data, kind = KINDS[name]
    for file in ("a.bin", "a.zip", "a.csv", "train-images-idx3-ubyte.gz"):
        assert kind_of(Upload(name=file, data=data)) is kind


def test_what_a_name_promises() -> None:
    assert named_kind("train-images-idx3-ubyte.gz") == named_kind("x.idx3-ubyte") == "an IDX file"
    assert named_kind("A.CSV.gz") == "a CSV table"
    assert named_kind("readme.md") == ""


def test_a_file_under_a_wrong_name_is_read_for_what_it_is(imported: Import, digits) -> None:
    for number, files in enumerate(
        (
            {"d.zip": npz_bytes(x=digits.images, y=digits.labels)},
            {"d.npz": kaggle_bytes(digits)},
            {"a.csv": idx_bytes(digits.images), "b.csv": idx_bytes(digits.labels)},
        )
    ):
        dataset, _ = imported(files, f"name-{number}")
        assert len(dataset.train) + len(dataset.test) == len(digits)
