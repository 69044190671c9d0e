from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from mnist_core.data.dataset import Dataset
from mnist_core.data.finding.pca import principal_components
from mnist_core.data.finding.tsne import Watch, has_map, map_rows, pixel_map, tsne
from mnist_core.errors import ConfigError, DatasetError


def test_rows_are_a_stratified_seeded_choice(sample: Dataset):
    rows = map_rows(sample, "train", limit=500, seed=1)
    assert np.bincount(sample.train.labels[rows]).tolist() == [50] * 10
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, map_rows(sample, "train", limit=500, seed=1))
    assert not np.array_equal(rows, map_rows(sample, "train", limit=500, seed=2))
    assert map_rows(sample, "test", limit=5000).tolist() == list(range(1000))


def test_an_embedding_keeps_neighbours_reports_progress_and_is_cached(sample: Dataset, data_folder: Path):
    told: list[float] = []
    assert not has_map(sample, "test", limit=200)
    first = pixel_map(sample, "test", limit=200, watch=Watch(progress=told.append))
    assert first.points.shape == (200, 2)
    assert trustworthiness(sample.test.images[first.rows].reshape(200, -1), first.points) > 0.9
    assert len(told) >= 5
    assert told == sorted(told)
    assert told[-1] == 1
    n_told = len(told)
    assert has_map(sample, "test", limit=200)
    again = pixel_map(sample, "test", limit=200, watch=Watch(progress=told.append))
    assert len(told) == n_told
    np.testing.assert_array_equal(again.points, first.points)
    np.testing.assert_array_equal(again.rows, first.rows)
    assert not has_map(sample, "train", limit=200)
    assert not has_map(sample, "test", limit=200, seed=1)


@pytest.mark.thorough
def test_an_embedding_can_be_cancelled(sample: Dataset, data_folder: Path):
    cancelled = threading.Event()
    watch = Watch(progress=lambda share: cancelled.set(), is_cancelled=cancelled.is_set)
    started = time.monotonic()
    with pytest.raises(DatasetError, match="was cancelled"):
        pixel_map(sample, "train", limit=4000, watch=watch)
    assert time.monotonic() - started < 60  # the whole would take longer
    assert not has_map(sample, "train", limit=4000)


def test_the_error_of_a_failed_process_has_its_exit_code(data_folder: Path):
    with pytest.raises(DatasetError, match="process ended with code 1"):
        tsne(np.full((20, 3), np.nan, np.float32))


def test_a_key_names_vectors_in_the_cache(sample: Dataset, data_folder: Path):
    vectors = principal_components(sample.test.images[:30], 5).project(sample.test.images[:30])
    first = tsne(vectors, key="a run's last layer")
    np.testing.assert_array_equal(tsne(np.zeros((30, 5), np.float32), key="a run's last layer"), first)


@pytest.mark.parametrize("n", [9, 5001])
def test_too_few_and_too_many_points_are_refused(n: int, sample: Dataset):
    with pytest.raises(DatasetError, match="Expected 10 to 5,000. Received"):
        tsne(np.zeros((n, 3), np.float32))
    with pytest.raises(ConfigError, match="limit"):
        map_rows(sample, "train", limit=n)
