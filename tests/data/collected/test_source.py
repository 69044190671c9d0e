"""The collection as a data set, joined to another one, and as files."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.collected.export import collection_csv, collection_npz
from mnist_core.data.collected.joining import join_training
from mnist_core.data.collected.source import NAME
from mnist_core.data.collected.store import add_digit, read_collection
from mnist_core.data.imports.store import check_name
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import DatasetError, DatasetNotFoundError
from mnist_core.evaluation.leakage import find_leakage
from mnist_core.training.config import config_from_recipe
from tests.data.collected.test_store import filled


def test_it_is_a_data_set_as_soon_as_both_splits_have_a_digit(empty_data_folder: Path) -> None:
    folder = empty_data_folder
    add_digit(folder, filled(folder, 1).images[0], 2, "Ada")  # two test digits
    assert NAME not in [info.name for info in list_datasets(folder)]
    with pytest.raises(DatasetNotFoundError):
        load_dataset(NAME, folder)
    found = filled(folder, 10)
    data = load_dataset(NAME, folder)
    assert np.array_equal(data.test.images, found.images[found.is_test])
    assert np.array_equal(data.train.labels, found.labels[~found.is_test])
    (info,) = [info for info in list_datasets(folder) if info.name == NAME]
    assert (info.train_images, info.test_images) == (len(data.train), len(data.test))
    sha256 = info.sha256
    filled(folder, 1)
    assert {info.name: info.sha256 for info in list_datasets(folder)}[NAME] != sha256


def test_its_name_cannot_be_taken_by_an_import() -> None:
    for name in (NAME, "handwriting"):
        with pytest.raises(DatasetError):
            check_name(name)


def test_its_training_digits_join_those_of_another_data_set(empty_data_folder: Path) -> None:
    folder = empty_data_folder
    base = load_dataset("mnist-sample", folder)
    found = filled(folder, 20)
    name = join_training(folder, base, found)
    other = join_training(folder, base, found)
    assert other != name
    data = load_dataset(name, folder)
    assert len(data.train) == len(base.train) + 10
    assert np.array_equal(data.train.images[-10:], found.images[~found.is_test])
    assert np.array_equal(data.test.images, base.test.images)
    assert sorted(path.name for path in (folder / "imported").iterdir() if path.is_dir()) == sorted([name, other])


def test_digits_that_were_trained_on_are_known_again(empty_data_folder: Path) -> None:
    found = filled(empty_data_folder, 20)
    name = join_training(empty_data_folder, load_dataset("mnist-sample", empty_data_folder), found)
    leak = find_leakage(config_from_recipe("lenet-5", dataset=name), load_dataset(name), found.images)
    assert leak.n_trained + leak.n_validated == 10


def test_without_training_digits_there_is_nothing_to_join(empty_data_folder: Path) -> None:
    with pytest.raises(DatasetError):
        join_training(empty_data_folder, load_dataset("mnist-sample"), read_collection(empty_data_folder))


def test_the_table_has_a_line_for_each_digit(tmp_path: Path) -> None:
    found = filled(tmp_path, 12, "=1+1")
    head, *lines = csv.reader(io.StringIO(collection_csv(found).decode()))
    assert len(head) == 3 + 784
    assert [int(line[0]) for line in lines] == found.labels.tolist()
    assert {line[1] for line in lines} == {"'=1+1"}  # a spreadsheet does not compute it
    assert [line[2] == "test" for line in lines] == found.is_test.tolist()
    assert np.array_equal(np.array([line[3:] for line in lines], int).reshape(-1, 28, 28), found.images)


def test_the_arrays_are_read_by_numpy_alone(tmp_path: Path) -> None:
    found = filled(tmp_path, 12)
    with np.load(io.BytesIO(collection_npz(found)), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["images"], found.images)
        assert arrays["labels"].tolist() == found.labels.tolist()
        assert arrays["writers"].tolist() == list(found.writers)
        assert arrays["is_test"].tolist() == found.is_test.tolist()
    collection_npz(found.take(np.zeros(0, np.int64)))
