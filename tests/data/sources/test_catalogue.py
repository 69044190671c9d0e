from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import (
    dataset_info,
    dataset_titles,
    default_dataset_name,
    list_datasets,
    load_dataset,
    require_dataset,
)
from mnist_core.errors import DatasetError, DatasetNotFoundError
from tests.data.idx_files import write_idx


@pytest.fixture
def idx_mnist(data_folder: Path, tiny: Dataset) -> Path:
    """A folder of data sets with a small `mnist`."""
    folder = data_folder / "mnist"
    folder.mkdir(parents=True)
    write_idx(folder / "train-images-idx3-ubyte.gz", tiny.train.images)
    write_idx(folder / "train-labels-idx1-ubyte.gz", tiny.train.labels)
    write_idx(folder / "t10k-images-idx3-ubyte.gz", tiny.test.images)
    write_idx(folder / "t10k-labels-idx1-ubyte.gz", tiny.test.labels)
    return data_folder


def infos(folder: Path | None = None) -> dict:
    return {info.name: info for info in list_datasets(folder)}


def test_without_any_data_the_bundled_sets_are_here_and_the_others_are_listed(data_folder: Path):
    found = infos()
    assert list(found) == ["mnist", "mnist-sample", "fashion-mnist", "optical-digits"]
    assert [info.available for info in found.values()] == [False, True, False, True]
    assert (found["mnist"].train_images, found["mnist"].test_images) == (60_000, 10_000)
    assert found["mnist"].sha256 is None
    assert found["mnist"].problem is None
    assert default_dataset_name() == "mnist-sample"


def test_listed_facts_are_those_of_the_loaded_set(idx_mnist: Path):
    for name, info in infos(idx_mnist).items():
        if info.available:
            dataset = load_dataset(name, idx_mnist)
            facts = (
                dataset.sha256,
                len(dataset.train),
                len(dataset.test),
                dataset.title,
                dataset.licence,
                dataset.source,
            )
            assert (info.sha256, info.train_images, info.test_images, info.title, info.licence, info.source) == facts
    assert default_dataset_name(idx_mnist) == "mnist"


def test_one_line_and_the_titles_are_those_of_the_list_and_read_no_other_set(idx_mnist: Path, data_folder: Path):
    line, titles = dataset_info("optical-digits", idx_mnist), dataset_titles(idx_mnist)
    read = {path.name.partition(".")[0] for path in (data_folder / "cache").glob("*.facts-*.json")}
    assert {name[: -len("-0123456789abcdef")] for name in read} == {"optical-digits"}
    listed = infos(idx_mnist)
    assert line == listed["optical-digits"]
    assert titles == {name: info.title for name, info in listed.items()}
    assert dataset_info("no-such-set", idx_mnist) is None


def test_the_second_listing_reads_no_images(idx_mnist: Path):
    first = infos(idx_mnist)
    images = idx_mnist / "mnist/train-images-idx3-ubyte.gz"
    state = images.stat()
    images.write_bytes(bytes(state.st_size))  # no longer readable, but size and time are the same
    import os

    os.utime(images, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert infos(idx_mnist) == first


def test_a_replaced_file_changes_the_listed_hash(idx_mnist: Path, tiny: Dataset):
    before = infos(idx_mnist)["mnist"].sha256
    write_idx(idx_mnist / "mnist/t10k-labels-idx1-ubyte.gz", (tiny.test.labels + 1) % 10)
    after = infos(idx_mnist)["mnist"].sha256
    assert after != before
    assert after == load_dataset("mnist", idx_mnist).sha256


def test_a_damaged_set_is_listed_with_its_problem_beside_the_others(idx_mnist: Path):
    path = idx_mnist / "mnist/train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    found = infos(idx_mnist)
    assert not found["mnist"].available
    assert found["mnist"].sha256 is None
    assert "train-images-idx3-ubyte.gz is cut off" in found["mnist"].problem
    assert found["mnist-sample"].available
    assert default_dataset_name(idx_mnist) == "mnist-sample"
    with pytest.raises(DatasetError, match="cut off"):
        load_dataset("mnist", idx_mnist)


def test_a_missing_file_is_named_when_listed_loaded_and_required(idx_mnist: Path):
    (idx_mnist / "mnist/train-labels-idx1-ubyte.gz").unlink()
    assert "train-labels-idx1-ubyte" in infos(idx_mnist)["mnist"].problem
    for call in (load_dataset, require_dataset):
        with pytest.raises(DatasetError, match="train-labels-idx1-ubyte"):
            call("mnist", idx_mnist)


@pytest.mark.parametrize("call", [load_dataset, require_dataset])
def test_an_unknown_or_absent_set_names_those_that_are_here(call, idx_mnist: Path):
    with pytest.raises(
        DatasetNotFoundError, match="called 'emnist'. Expected one of: mnist, mnist-sample, optical-digits"
    ):
        call("emnist", idx_mnist)
    with pytest.raises(DatasetNotFoundError, match="fashion-mnist is not on this machine. Expected one of: mnist,"):
        call("fashion-mnist", idx_mnist)
    with pytest.raises(DatasetNotFoundError, match="no data set called"):
        call("../../etc", idx_mnist)


def test_a_damaged_cache_of_facts_is_computed_again(idx_mnist: Path):
    first = infos(idx_mnist)
    for path in (idx_mnist / "cache").glob("*.json"):
        path.write_text('{"sha256": 1}')
    assert infos(idx_mnist) == first


def test_a_read_only_folder_of_data_sets_works_and_stays_as_it_was(idx_mnist: Path, tmp_path: Path):
    (idx_mnist / "mnist").chmod(0o555)
    idx_mnist.chmod(0o555)
    assert infos(idx_mnist)["mnist"].available
    assert sorted(path.name for path in idx_mnist.iterdir()) == ["mnist"]
    assert list((tmp_path / "xdg/mnist-studio").rglob("mnist-*.json"))


def test_lists_are_json(idx_mnist: Path):
    import dataclasses

    rows = [dataclasses.asdict(info) for info in list_datasets(idx_mnist)]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_the_full_set_loads_and_lists_fast(full_mnist_folder: Path):
    """Bounds are ten times what an idle machine takes."""
    load_dataset("mnist", full_mnist_folder)
    started = time.perf_counter()
    dataset = load_dataset("mnist", full_mnist_folder)
    loaded = time.perf_counter()
    assert {info.name: info for info in list_datasets(full_mnist_folder)}["mnist"].sha256 == dataset.sha256
    listed = time.perf_counter()
    assert loaded - started < 3
    list_datasets(full_mnist_folder)
    assert time.perf_counter() - listed < 0.3
    assert np.array_equal(dataset.train.labels[:3], [5, 0, 4])
