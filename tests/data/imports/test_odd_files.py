"""Files that hold digits in a form that is nearly one that is read: read, or called what they are with the way out."""

from __future__ import annotations

import base64
import io
import lzma
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.reading import read_files
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import (
    Digits,
    csv_bytes,
    gz,
    idx_bytes,
    npz_bytes,
    picture_bytes,
    picture_members,
    rows_of,
    tar_bytes,
    zip_bytes,
)


def refused(files: dict[str, bytes], sentence: str) -> str:
    with pytest.raises(DatasetError, match=sentence) as error:
        read_files([Upload(name=name, data=data) for name, data in files.items()])
    return str(error.value)


@pytest.mark.parametrize("shape", [(784,), (28, 28)])
@pytest.mark.parametrize("n", [300, 289])
def test_pixels_packed_as_bits_are_refused_with_a_line_that_unpacks_them(
    shape: tuple[int, ...], n: int, digits: Digits, imported: Import
) -> None:
    """The line is tried; 289 is a square, so that each column could be an image of 17 x 17 pixels."""
    ink = Digits(images=np.where(digits.images > 127, 255, 0).astype(np.uint8)[:n], labels=digits.labels[:n])
    images = np.packbits(ink.images.reshape(n, *shape) > 0, axis=-1)
    said = refused({"bits.npz": npz_bytes(x=images, y=ink.labels)}, r"Received|no images")
    line = re.search(r"(numpy\.unpackbits\(images, axis=-1\))(\[:, :, :28\])?\.", said)
    assert line is not None
    unpacked = np.unpackbits(images, axis=-1)[:, :, :28] if line[2] else np.unpackbits(images, axis=-1)
    dataset, _ = imported({"a.npz": npz_bytes(x=unpacked, y=ink.labels)})
    assert_same_digits(dataset, ink)


def test_a_compressed_tar_counts_as_one_archive(imported: Import, digits: Digits, more_digits: Digits) -> None:
    parts = {"train": digits, "t10k": more_digits}
    members = {f"{part}-images-idx3-ubyte.gz": gz(idx_bytes(its.images)) for part, its in parts.items()}
    members |= {f"{part}-labels-idx1-ubyte.gz": gz(idx_bytes(its.labels)) for part, its in parts.items()}
    dataset, _ = imported({"m.tar.xz": lzma.compress(tar_bytes({"raw.zip": zip_bytes(members)}, "w"))})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)
    deeper = zip_bytes({"a.zip": zip_bytes(members)})
    refused({"m.tar.gz": tar_bytes({"raw.zip": deeper})}, "nested too deep")


@pytest.mark.parametrize("name", ["7/notes.docx", "book.pages"])
def test_a_damaged_member_that_promises_no_images_costs_only_itself(
    name: str, imported: Import, digits: Digits
) -> None:
    dataset, made = imported({"d.zip": zip_bytes({**picture_members(digits), name: b"PK\x03\x04 and so on"})})
    assert_same_digits(dataset, digits)
    assert any(f"{name} (damaged or cut off)" in note for note in made.notes)


def test_a_damaged_member_that_promises_images_is_refused(digits: Digits) -> None:
    members = {**picture_members(digits), "more.zip": b"PK\x03\x04 and so on"}
    refused({"d.zip": zip_bytes(members)}, r"more.zip in d.zip is damaged or cut off")
    refused({"d.zip": zip_bytes({"book.pages": b"PK\x03\x04"})}, r"book.pages in d.zip is damaged or cut off")


def test_a_pickle_of_pandas_has_a_way_out_of_its_own(digits: Digits) -> None:
    buffer = io.BytesIO()
    pd.DataFrame(digits.images.reshape(300, -1)).to_pickle(buffer)
    refused({"train.pkl": buffer.getvalue()}, r"pickle of a pandas table.*run any code.*read_pickle\(.*to_csv\(")


def test_pictures_as_text_are_called_so(digits: Digits) -> None:
    texts = [base64.b64encode(picture_bytes(image)).decode() for image in digits.images]
    buffer = io.BytesIO()
    pq.write_table(pa.table({"image": texts, "label": digits.labels.tolist()}), buffer)
    said = refused({"t.parquet": buffer.getvalue()}, r"images are missing.*text in image.*base64.b64decode")
    assert "images only" not in said


@pytest.mark.parametrize("n", [300, 289])
@pytest.mark.parametrize("where", ["first", "last"])
def test_a_table_of_letters_is_refused_for_its_labels(where: str, n: int, digits: Digits) -> None:
    table = rows_of(digits[:n], **{where: [(np.arange(n) % 26 + 1).tolist()]})
    refused({"letters.csv": csv_bytes(table)}, r"labels in .* whole numbers from 1 to 26.*Expected 0 to 9")


def test_a_missing_label_is_called_missing(digits: Digits) -> None:
    labels = digits.labels.astype(float)
    labels[[5, 9]] = np.nan
    refused({"a.npz": npz_bytes(x=digits.images, y=labels)}, r"2 labels in y in a.npz are missing \(NaN\), as in row 6")


@pytest.mark.parametrize("is_inverted", [False, True])
def test_labels_that_do_not_belong_to_their_digits_are_said(
    is_inverted: bool, imported: Import, digits: Digits
) -> None:
    images = 255 - digits.images if is_inverted else digits.images
    for name, labels in (
        ("right", digits.labels),
        ("other", np.roll(digits.labels, 1)),
        ("next", (digits.labels + 1) % 10),
    ):
        _, made = imported({"a.npz": npz_bytes(x=images, y=labels)}, name)
        assert any("hardly agree" in note for note in made.notes) == (name != "right")
