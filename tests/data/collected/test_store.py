"""The collection of handwriting: nothing is lost, a split is for good, names never become paths."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.collected.collection import Collection
from mnist_core.data.collected.store import (
    add_digit,
    collection_file,
    read_collection,
    relabel_digit,
    remove_digits,
    restore_digits,
)
from mnist_core.errors import DatasetError


def digit(value: int = 200) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = value
    return image


def filled(folder: Path, n: int, writer: str = "Ada") -> Collection:
    for number in range(n):
        add_digit(folder, digit(100 + number), number % 10, writer)
    return read_collection(folder)


def same(first: Collection, second: Collection) -> bool:
    return first.writers == second.writers and all(
        np.array_equal(getattr(first, name), getattr(second, name)) for name in ("images", "labels", "ids", "is_test")
    )


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    assert len(read_collection(tmp_path)) == 0
    add_digit(tmp_path, digit(7), 3, "Ada")
    add_digit(tmp_path, digit(8), 4, "Émilie")
    found = read_collection(tmp_path)
    assert found.labels.tolist() == [3, 4]
    assert found.writers == ("Ada", "Émilie")
    assert np.array_equal(found.images, [digit(7), digit(8)])
    assert found.rows_of(writer="Ada").tolist() == [0]
    assert found.rows_of(label=4).tolist() == [1]


def test_both_splits_fill_evenly_for_each_label(tmp_path: Path) -> None:
    found = filled(tmp_path, 40)
    for label in range(10):
        assert found.is_test[found.labels == label].sum() == 2
    assert 0 < filled(tmp_path, 10).is_test[:10].sum() < 10  # one round of labels is a data set already


def test_a_split_is_for_good(tmp_path: Path) -> None:
    before = filled(tmp_path, 30)
    remove_digits(tmp_path, before.ids[::3].tolist())
    filled(tmp_path, 20)
    after = read_collection(tmp_path)
    known = dict(zip(before.ids.tolist(), before.is_test.tolist(), strict=True))
    assert all(known.get(number, is_test) == is_test for number, is_test in zip(after.ids, after.is_test, strict=True))


def test_what_was_deleted_comes_back_as_it_was(tmp_path: Path) -> None:
    before = filled(tmp_path, 12)
    removed = remove_digits(tmp_path, [int(before.ids[3]), int(before.ids[7]), 999])
    assert removed.labels.tolist() == [3, 7]
    assert len(read_collection(tmp_path)) == 10
    restore_digits(tmp_path, removed)
    restore_digits(tmp_path, removed)  # a second click
    assert same(read_collection(tmp_path), before)


def test_an_id_is_never_given_twice(tmp_path: Path) -> None:
    last = int(filled(tmp_path, 3).ids[-1])
    remove_digits(tmp_path, [last])
    assert add_digit(tmp_path, digit(), 1, "Ada") > last


def test_a_label_can_be_changed(tmp_path: Path) -> None:
    found = filled(tmp_path, 3)
    relabel_digit(tmp_path, int(found.ids[1]), 9)
    relabel_digit(tmp_path, 12345, 9)
    assert read_collection(tmp_path).labels.tolist() == [0, 9, 2]


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "x" * 41])
def test_a_name_that_says_nothing_or_too_much_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError):
        add_digit(tmp_path, digit(), 1, name)
    assert len(read_collection(tmp_path)) == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "<b>x</b>", "**bold**", "CON", "名前"])
def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    add_digit(tmp_path, digit(), 1, name)
    assert read_collection(tmp_path).writers == (name,)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["digits.npz", "lock"]


@pytest.mark.parametrize("label", [-1, 10])
def test_only_ten_labels_are_taken(tmp_path: Path, label: int) -> None:
    with pytest.raises(DatasetError):
        add_digit(tmp_path, digit(), label, "Ada")


def test_an_empty_drawing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        add_digit(tmp_path, np.zeros((28, 28), np.uint8), 1, "Ada")


def test_two_tabs_that_save_at_once_both_keep_their_digits(tmp_path: Path) -> None:
    def save(writer: str) -> None:
        for number in range(25):
            add_digit(tmp_path, digit(), number % 10, writer)

    tabs = [threading.Thread(target=save, args=(f"Writer {number}",)) for number in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    found = read_collection(tmp_path)
    assert len(found) == 100
    assert len(set(found.ids.tolist())) == 100
    assert {name: found.writers.count(name) for name in found.known_writers()} == dict.fromkeys(found.writers, 25)


def test_a_damaged_file_is_said_and_not_overwritten(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    path = collection_file(tmp_path)
    content = path.read_bytes()[:200]
    path.write_bytes(content)
    with pytest.raises(DatasetError):
        read_collection(tmp_path)
    with pytest.raises(DatasetError):
        add_digit(tmp_path, digit(), 1, "Ada")
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(DatasetError):
        add_digit(folder, digit(), 1, "Ada")
    folder.chmod(0o700)
