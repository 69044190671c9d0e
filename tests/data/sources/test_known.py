from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset, Split, content_sha256
from mnist_core.data.sources import known as sources
from mnist_core.data.sources.known import SOURCES, folder_sources
from mnist_core.errors import DatasetError, DatasetNotFoundError
from tests.data.idx_files import write_idx

PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def write_idx_folder(folder: Path, dataset: Dataset, *, suffix: str = "", separator: str = "-") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arrays = (dataset.train.images, dataset.train.labels, dataset.test.images, dataset.test.labels)
    for name, array in zip(PARTS, arrays, strict=True):
        write_idx(folder / f"{name.replace('-idx', separator + 'idx')}{suffix}", array)


def write_keras_npz(path: Path, dataset: Dataset) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        x_train=dataset.train.images,
        y_train=dataset.train.labels,
        x_test=dataset.test.images,
        y_test=dataset.test.labels,
    )


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_what_it_is(name: str):
    source = SOURCES[name]
    assert source.name == name
    assert source.title
    assert source.licence
    assert source.source
    assert source.sizes is not None
    assert len(source.class_names) == 10


@pytest.mark.parametrize("name", ["mnist-sample", "optical-digits"])
def test_bundled_sets_have_the_sizes_they_state(name: str, data_folder: Path):
    dataset = SOURCES[name].load(data_folder)
    assert (len(dataset.train), len(dataset.test)) == SOURCES[name].sizes


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("separator", ["-", "."])
def test_idx_files_are_found_in_a_folder_of_the_sets_name(
    name: str, suffix: str, separator: str, data_folder: Path, tiny: Dataset
):
    write_idx_folder(data_folder / name, tiny, suffix=suffix, separator=separator)
    found = SOURCES[name].load(data_folder)
    assert found.sha256 == tiny.sha256
    assert (found.name, found.title) == (name, SOURCES[name].title)


def test_mnist_is_found_in_the_file_keras_downloads(data_folder: Path, tmp_path: Path, tiny: Dataset):
    write_keras_npz(tmp_path / "home/.keras/datasets/mnist.npz", tiny)
    assert SOURCES["mnist"].load(data_folder).sha256 == tiny.sha256


def test_fashion_is_found_where_keras_and_where_debian_put_it(
    data_folder: Path, tmp_path: Path, tiny: Dataset, monkeypatch: pytest.MonkeyPatch
):
    write_idx_folder(tmp_path / "home/.keras/datasets/fashion-mnist", tiny, suffix=".gz")
    assert SOURCES["fashion-mnist"].load(data_folder).sha256 == tiny.sha256
    installed = tmp_path / "usr/share/anywhere"
    swapped = Dataset(**{name: getattr(tiny, name) for name in ("name", "title", "source", "licence")},
                      sha256="", train=tiny.test, test=tiny.train)  # fmt: skip
    write_idx_folder(installed, swapped, suffix=".gz")
    listed = tmp_path / "dataset-fashion-mnist.list"
    listed.write_text("/.\n/usr\n" + "".join(f"{installed}/{part}.gz\n" for part in PARTS))
    monkeypatch.setattr(sources, "FASHION_PACKAGE_FILES", listed)
    assert SOURCES["fashion-mnist"].load(data_folder).sha256 == content_sha256(tiny.test, tiny.train)


def test_idx_files_in_the_folder_come_before_npz_and_that_before_keras(
    data_folder: Path, tmp_path: Path, tiny: Dataset
):
    keras, npz = tmp_path / "home/.keras/datasets/mnist.npz", data_folder / "mnist.npz"
    write_keras_npz(keras, tiny)
    assert SOURCES["mnist"].locate(data_folder) == (keras,)
    write_keras_npz(npz, tiny)
    assert SOURCES["mnist"].locate(data_folder) == (npz,)
    write_idx_folder(data_folder / "mnist", tiny)
    assert len(SOURCES["mnist"].locate(data_folder)) == 4


def test_a_missing_idx_file_is_named(data_folder: Path, tiny: Dataset):
    write_idx_folder(data_folder / "mnist", tiny)
    (data_folder / "mnist/t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DatasetError, match="missing in the folder mnist: t10k-labels-idx1-ubyte"):
        SOURCES["mnist"].load(data_folder)


def test_an_incomplete_folder_does_not_hide_a_complete_file(data_folder: Path, tiny: Dataset):
    write_idx_folder(data_folder / "mnist", tiny)
    (data_folder / "mnist/t10k-labels-idx1-ubyte").unlink()
    write_keras_npz(data_folder / "mnist.npz", tiny)
    assert SOURCES["mnist"].load(data_folder).sha256 == tiny.sha256


def test_images_and_labels_that_do_not_fit_are_named(data_folder: Path, tiny: Dataset):
    write_idx_folder(data_folder / "mnist", tiny)
    write_idx(data_folder / "mnist/train-labels-idx1-ubyte", np.zeros(59, np.uint8))
    with pytest.raises(
        DatasetError, match=r"train-images-idx3-ubyte and train-labels.*Expected 60 labels. Received: 59"
    ):
        SOURCES["mnist"].load(data_folder)
    write_idx(data_folder / "mnist/train-labels-idx1-ubyte", np.full(60, 10, np.uint8))
    with pytest.raises(DatasetError, match="Expected 0 to 9. Received: 10"):
        SOURCES["mnist"].load(data_folder)
    write_idx(data_folder / "mnist/train-images-idx3-ubyte", np.zeros((60, 32, 32), np.uint8))
    with pytest.raises(DatasetError, match="Expected 28 x 28"):
        SOURCES["mnist"].load(data_folder)


def test_an_npz_without_the_arrays_or_with_wrong_labels_is_one_error(data_folder: Path, tiny: Dataset):
    data_folder.mkdir()
    np.savez(data_folder / "mnist.npz", x_train=tiny.train.images)
    with pytest.raises(DatasetError, match="missing in mnist.npz: y_train, x_test, y_test"):
        SOURCES["mnist"].load(data_folder)
    labels = tiny.train.labels.astype(np.int64) - 1
    np.savez(data_folder / "mnist.npz", x_train=tiny.train.images, y_train=labels, x_test=tiny.test.images,
             y_test=tiny.test.labels)  # fmt: skip
    with pytest.raises(DatasetError, match=r"y_train in mnist.npz.*Expected 0 to 9. Received: -1"):
        SOURCES["mnist"].load(data_folder)


def test_a_missing_data_set_is_an_error(data_folder: Path):
    assert not SOURCES["mnist"].available(data_folder)
    with pytest.raises(DatasetNotFoundError, match="`mnist` is not on this machine"):
        SOURCES["mnist"].load(data_folder)


def test_any_other_folder_of_idx_files_is_a_data_set(data_folder: Path, tiny: Dataset):
    write_idx_folder(data_folder / "kmnist", tiny)
    write_idx_folder(data_folder / "mnist", tiny)
    (data_folder / "notes").mkdir()
    found = folder_sources(data_folder)
    assert [source.name for source in found] == ["kmnist"]
    assert found[0].load(data_folder).sha256 == tiny.sha256


def test_the_second_read_of_the_sample_comes_from_the_cache_and_survives_its_damage(data_folder: Path):
    first = SOURCES["mnist-sample"].load(data_folder)
    (cached,) = (data_folder / "cache").glob("mnist-sample-*.npz")
    images, labels = first.train.images, first.train.labels
    np.savez(cached, x_train=images[:10], y_train=labels[:10], x_test=images[:5], y_test=labels[:5])
    assert len(SOURCES["mnist-sample"].load(data_folder).train) == 10  # it is the cache that is read
    cached.write_bytes(b"damaged")
    assert SOURCES["mnist-sample"].load(data_folder).sha256 == first.sha256
    assert SOURCES["mnist-sample"].load(data_folder).sha256 == first.sha256


def test_the_full_mnist_is_the_one_that_was_published(full_mnist: Dataset):
    assert (len(full_mnist.train), len(full_mnist.test)) == (60_000, 10_000)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]  # LeCun et al.
    assert np.bincount(full_mnist.train.labels).tolist() == counts
    assert full_mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert isinstance(full_mnist.test, Split)
