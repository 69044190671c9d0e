from __future__ import annotations

import gzip

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.csv_table import read_csv_upload
from mnist_core.data.imports.uploads import Upload
from mnist_core.errors import DatasetError

KAGGLE_HEADER = ",".join(["label", *(f"pixel{i}" for i in range(784))])


def lines_of(dataset: Dataset, n: int = 30, separator: str = ",") -> list[str]:
    rows = np.column_stack([dataset.test.labels[:n], dataset.test.images[:n].reshape(n, -1)])
    return [separator.join(map(str, row)) for row in rows.tolist()]


def csv(*lines: str, end: str = "\n") -> Upload:
    return Upload(name="digits.csv", data=end.join([*lines, ""]).encode())


@pytest.mark.parametrize("header", [[], [KAGGLE_HEADER], [KAGGLE_HEADER.replace("label", '"label"')]])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_kaggles_layout_is_read(header: list[str], end: str, separator: str, sample: Dataset):
    lines = [line.replace(",", separator) for line in header] + lines_of(sample, separator=separator)
    reading = read_csv_upload(csv(*lines, end=end))
    assert np.array_equal(reading.images.images, sample.test.images[:30])
    assert np.array_equal(reading.images.labels, sample.test.labels[:30])
    assert reading.notes == ()


def test_a_byte_order_mark_and_a_missing_last_newline_do_no_harm(sample: Dataset):
    text = "\n".join([KAGGLE_HEADER, *lines_of(sample)])
    reading = read_csv_upload(Upload(name="a.csv", data=b"\xef\xbb\xbf" + text.encode()))
    assert np.array_equal(reading.images.labels, sample.test.labels[:30])


def test_a_packed_table_is_read(sample: Dataset):
    upload = Upload(name="a.csv.gz", data=gzip.compress(csv(*lines_of(sample)).data))
    assert len(read_csv_upload(upload).images) == 30


def test_the_label_is_found_by_its_name_in_the_header(sample: Dataset):
    rows = np.column_stack([sample.test.images[:30].reshape(30, -1), sample.test.labels[:30]])
    header = ",".join([*(f"p{i}" for i in range(784)), "Label"])
    reading = read_csv_upload(csv(header, *(",".join(map(str, row)) for row in rows.tolist())))
    assert np.array_equal(reading.images.labels, sample.test.labels[:30])
    assert np.array_equal(reading.images.images, sample.test.images[:30])


def test_more_rows_than_are_read_at_once(sample: Dataset):
    reading = read_csv_upload(csv(*lines_of(sample, 1000) * 5))
    assert len(reading.images) == 5000
    assert np.array_equal(reading.images.labels[-1000:], sample.test.labels)


ROW = ",".join(["3"] + ["0"] * 783 + ["255"])


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "digits.csv is empty"),
        ([""], "digits.csv is empty"),
        ([KAGGLE_HEADER], "no rows below its header"),
        ([ROW, ROW + ",1"], "Line 2 of digits.csv .* Expected 785 values. Received: 786"),
        ([KAGGLE_HEADER, ROW, ROW[: ROW.rindex(",")]], "Line 3 of digits.csv .* Expected 785 values. Received: 784"),
        ([ROW, ROW.replace("255", "ink")], "Line 2 of digits.csv .* Expected numbers. Received: 'ink'"),
        ([ROW, ROW.replace("255", "")], "Line 2 of digits.csv .* Expected numbers. Received: ''"),
        ([ROW, ROW.replace("255", "nan")], "Line 2 of digits.csv .* Expected numbers. Received: 'nan'"),
        ([ROW.replace("255", "256")], "out of range. Expected 0 to 255. Received: 0.0 to 256.0"),
        ([ROW.replace("3", "x", 1), ROW], None),
        ([ROW, ROW.replace("3", "12", 1)], r"column 1 of digits.csv is not a digit.*Received: 12 \(row 2\)"),
        (["1,2,3"], "number of columns .* Expected 785: a label and 784 pixels. Received: 3"),
        ([",".join(["0"] * 784)], "Received: 784. The label is missing"),
        (["1," * 1_000_000], "Received: more than 10,001"),
        (["just a sentence"], "number of columns"),
        (["\x00" * 100], "number of columns"),
    ],
    ids=range(16),
)
def test_an_invalid_table_is_refused_with_line_and_reason(lines: list[str], sentence: str | None):
    if sentence is None:  # a first line with text is a header
        assert len(read_csv_upload(csv(*lines)).images) == 1
        return
    with pytest.raises(DatasetError, match=sentence):
        read_csv_upload(csv(*lines))


def test_a_packed_table_that_is_cut_off_or_unpacks_to_too_much_is_refused(
    sample: Dataset, monkeypatch: pytest.MonkeyPatch
):
    packed = gzip.compress(csv(*lines_of(sample)).data)
    with pytest.raises(DatasetError, match="a.csv.gz is damaged or cut off"):
        read_csv_upload(Upload(name="a.csv.gz", data=packed[:-10]))
    monkeypatch.setattr("mnist_core.data.imports.csv_table.MAX_UPLOAD_BYTES", 1000)
    with pytest.raises(DatasetError, match="unpacks to more than 1,000 bytes"):
        read_csv_upload(Upload(name="a.csv.gz", data=packed))


def test_bytes_that_are_no_text_are_refused(sample: Dataset):
    data = csv(*lines_of(sample)).data
    with pytest.raises(DatasetError, match="digits.csv"):
        read_csv_upload(Upload(name="digits.csv", data=data + b"\xff\xfe" * 50))
