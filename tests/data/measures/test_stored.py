from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.measures import stored as measured
from mnist_core.data.measures.stored import compute_measures, dataset_measures


def test_measures_come_from_the_cache_the_second_time(sample: Dataset, data_folder: Path):
    told: list[float] = []
    first = dataset_measures(sample, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    n_told = len(told)
    second = dataset_measures(sample, progress=told.append)
    assert len(told) == n_told
    for split in ("train", "test"):
        np.testing.assert_array_equal(first.split(split).values, second.split(split).values)
        assert len(second.split(split)) == len(sample.split(split))


def test_distances_of_both_splits_are_to_the_training_means(sample: Dataset):
    found = compute_measures(sample)
    image = sample.test.images[0].astype(float)
    mean = sample.train.images[sample.train.labels == sample.test.labels[0]].mean(axis=0)
    assert found.test.row(0)["distance_to_class_mean"] == pytest.approx(np.linalg.norm(image - mean) / 255, rel=1e-5)


def test_another_data_set_has_measures_of_its_own(sample: Dataset, tiny: Dataset):
    dataset_measures(tiny)
    assert len(dataset_measures(sample).test) == 1000


@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_a_damaged_cache_is_computed_again(content: bytes, tiny: Dataset, data_folder: Path):
    first = dataset_measures(tiny)
    (path,) = (data_folder / "cache").glob("measures-*.npz")
    path.write_bytes(content)
    np.testing.assert_array_equal(dataset_measures(tiny).train.values, first.train.values)
    assert path.stat().st_size > 100


def test_a_cache_of_other_columns_or_rows_is_not_used(tiny: Dataset, data_folder: Path):
    first = dataset_measures(tiny)
    (path,) = (data_folder / "cache").glob("measures-*.npz")
    np.savez(path, train=first.train.values[:, :3], test=first.test.values)
    assert dataset_measures(tiny).train.values.shape == first.train.values.shape


def test_without_a_place_for_the_cache_measures_are_computed(
    tiny: Dataset, data_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(measured, "cache_folder", lambda folder: None)
    assert len(dataset_measures(tiny).train) == 60
    assert not list(data_folder.rglob("measures-*"))
