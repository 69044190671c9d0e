"""Lists of pictures in JSON and Parquet, as data hubs write folders of images."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mnist_core.data.imports.files.folders import uploads_from
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.formats import list_rows
from mnist_core.data.imports.reading import read_files
from mnist_core.errors import DatasetError
from tests.data.imports.comparing import assert_equal, assert_same_digits
from tests.data.imports.conftest import Import
from tests.data.imports.making import Digits, csv_bytes, picture_bytes, write_all, zip_bytes

Entries = list[dict[str, object]]


def pictures(digits: Digits, folder: str = "") -> dict[str, bytes]:
    return {f"{folder}{i:04}.png": picture_bytes(image) for i, image in enumerate(digits.images)}


def entries(digits: Digits) -> Entries:
    return [{"file_name": f"{i:04}.png", "label": label} for i, label in enumerate(digits.labels.tolist())]


def lines(table: Entries) -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in table).encode()


def parquet_bytes(table: Entries) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table), buffer)
    return buffer.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Digits], bytes]]] = {
    "lines": ("metadata.jsonl", lambda d: lines(entries(d))),
    "lines with more": (
        "metadata.jsonl",
        lambda d: b"\n" + lines([{"text": "a digit", **entry, "box": [1, 2]} for entry in entries(d)][::-1]),
    ),
    "lines with words": (
        "metadata.jsonl", lambda d: lines([{**entry, "label": f"digit_{entry['label']}"} for entry in entries(d)]),
    ),
    "a table": ("metadata.csv", lambda d: csv_bytes([list(entry.values()) for entry in entries(d)],
                                                    ("file_name", "label"))),
    "Parquet": ("metadata.parquet", lambda d: parquet_bytes(entries(d))),
    "a list of objects": ("labels.json", lambda d: json.dumps(entries(d), indent=1).encode()),
    "an object": ("labels.json", lambda d: json.dumps(dict(map(dict.values, entries(d)))).encode()),  # type: ignore[arg-type]
    "an object of texts": (
        "labels.json",
        lambda d: json.dumps({entry["file_name"]: str(entry["label"]) for entry in entries(d)}, indent=1).encode(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_a_list_of_a_hub_labels_the_pictures_it_names(kind: str, imported: Import, digits: Digits) -> None:
    name, make = FORMATS[kind]
    dataset, made = imported({"d.zip": zip_bytes({**pictures(digits), name: make(digits)})})
    assert_same_digits(dataset, digits)
    assert any(f"The labels of 300 pictures were read from {name} in d.zip" in note for note in made.notes)
    assert not any("left out" in note for note in made.notes)


@pytest.mark.parametrize("kind", ["lines", "a table"])
def test_each_split_has_its_list(kind: str, imported: Import, digits: Digits, more_digits: Digits) -> None:
    """The names count from the folder of the list; both splits have pictures of the same names."""
    name, make = FORMATS[kind]
    members = {**pictures(digits, "train/"), f"train/{name}": make(digits)}
    members |= {**pictures(more_digits, "test/"), f"test/{name}": make(more_digits)}
    dataset, _ = imported({"d.zip": zip_bytes(members)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


def test_one_list_names_both_splits(imported: Import, digits: Digits, more_digits: Digits) -> None:
    table = [{**entry, "file_name": f"train/{entry['file_name']}"} for entry in entries(digits)]
    table += [{**entry, "file_name": f"test/{entry['file_name']}"} for entry in entries(more_digits)]
    members = {**pictures(digits, "train/"), **pictures(more_digits, "test/"), "metadata.jsonl": lines(table)}
    dataset, _ = imported({"d.zip": zip_bytes(members)})
    assert_equal(dataset.train, digits)
    assert_equal(dataset.test, more_digits)


def test_a_list_beside_the_archive_and_in_a_folder(digits: Digits, imported: Import, tmp_path: Path) -> None:
    list_bytes = lines(entries(digits))
    dataset, _ = imported({"d.zip": zip_bytes(pictures(digits)), "metadata.jsonl": list_bytes})
    assert_same_digits(dataset, digits)
    write_all(tmp_path / "mine", {**pictures(digits, "images/"), "images/metadata.jsonl": list_bytes})
    assert np.array_equal(read_files(uploads_from([tmp_path / "mine"])).labels, digits.labels)


def test_a_row_without_a_label_costs_its_picture(digits: Digits) -> None:
    table = entries(digits)
    del table[5]["label"]
    table[6]["label"] = None
    members = {**pictures(digits), "metadata.jsonl": lines(table)}
    reading = read_files([Upload(name="d.zip", data=zip_bytes(members))])
    assert np.array_equal(reading.labels, np.delete(digits.labels, [5, 6]))
    assert any("2 of 300 pictures were left out: 0005.png (no label in metadata.jsonl" in n for n in reading.notes)


def test_a_row_that_is_no_object_is_named(digits: Digits) -> None:
    members = {**pictures(digits), "metadata.jsonl": lines(entries(digits)) + b'{"file_name": "02'}
    with pytest.raises(DatasetError, match=r"Row 301 of metadata.jsonl in d.zip is not valid. Expected a JSON object"):
        read_files([Upload(name="d.zip", data=zip_bytes(members))])


NO_LISTS = {
    "captions": lines([{"file_name": f"{i:04}.png", "text": "a digit"} for i in range(300)]),
    "objects": b'{"images": [{"file_name": "0000.png"}], "annotations": []}',
    "deeply nested": b"[" * 100_000,
    "broken": b'{"file_name": ',
    "numbers": b"[1, 2, 3]",
    "empty objects": b"{}\n" * 300,
    "too many columns": lines([{f"c{i}": "0001.png" for i in range(100)}] * 2),
}


@pytest.mark.parametrize("name", NO_LISTS)
def test_json_that_tells_no_labels_is_named_beside_labelled_pictures_and_beside_others(
    name: str, digits: Digits
) -> None:
    labelled = {
        f"{label}/{path}": data for label, (path, data) in zip(digits.labels, pictures(digits).items(), strict=True)
    }
    reading = read_files([Upload(name="d.zip", data=zip_bytes({**labelled, "info.json": NO_LISTS[name]}))])
    assert np.array_equal(reading.labels, digits.labels)
    assert any("info.json" in note for note in reading.notes)
    with pytest.raises(DatasetError, match=r"no label, such as 0000.png.*info.json"):
        read_files([Upload(name="d.zip", data=zip_bytes({**pictures(digits), "info.json": NO_LISTS[name]}))])


def test_json_is_bounded_before_it_is_read(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_rows, "MAX_LIST_BYTES", 1000)
    members = {**pictures(digits), "labels.json": json.dumps(entries(digits), indent=1).encode()}
    with pytest.raises(DatasetError, match=r"no label, such as 0000.png.*labels.json \(a JSON file\)"):
        read_files([Upload(name="d.zip", data=zip_bytes(members))])
