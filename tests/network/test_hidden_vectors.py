from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import RunError
from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Flatten
from mnist_core.models.shapes import Padding
from mnist_core.network.hidden_vectors import (
    MAX_NUMBERS,
    read_hidden_vectors,
    searched_rows,
    store_hidden_vectors,
    vectors_path,
)
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import damage, finished_run


@pytest.fixture
def store(runs_folder, sample_only):
    return RunStore(runs_folder)


def features(images, weights):
    """What the head of the small network sees, written out with windows."""
    windows = np.lib.stride_tricks.sliding_window_view(images / 255, (3, 3), axis=(1, 2))
    answers = np.einsum("nrcij,ijf->nrcf", windows, weights["conv_1/kernel"][:, :, 0]) + weights["conv_1/bias"]
    return np.maximum(answers, 0).reshape(len(images), 13, 2, 13, 2, 4).max(axis=(2, 4)).reshape(len(images), -1)


def test_vectors_are_what_the_head_sees_and_neighbours_the_nearest_of_them(store):
    run_id = finished_run(store, epochs=1)
    found = store_hidden_vectors(store, run_id)
    data = load_dataset("mnist-sample")
    expected = features(data.train.images, store.weights(run_id))
    np.testing.assert_array_equal(found.rows, np.arange(4000))
    np.testing.assert_allclose(found.vectors, expected, rtol=2e-3, atol=2e-3)  # kept as float16
    own = features(data.test.images[:1], store.weights(run_id))[0]
    nearest = np.argsort(np.linalg.norm(found.vectors - own, axis=1), kind="stable")[:8]
    assert found.nearest(own.astype(np.float32)).rows.tolist() == nearest.tolist()


def test_a_training_digit_is_not_its_own_neighbour(store):
    found = store_hidden_vectors(store, finished_run(store, epochs=1))
    assert found.nearest(found.vectors[5], 1).rows.tolist() == [5]
    assert 5 not in found.nearest(found.vectors[5], 8, exclude=5).rows


def test_they_are_kept_for_these_weights_and_digits_only(store):
    run_id = finished_run(store, epochs=1)
    told: list[float] = []
    store_hidden_vectors(store, run_id, tell=lambda share, note: told.append(share))
    assert told[-1] == 1
    told.clear()
    store_hidden_vectors(store, run_id, tell=lambda share, note: told.append(share))
    assert told == []
    run = store.get(run_id)
    assert read_hidden_vectors(store, run, load_dataset("optical-digits")) is None
    damage(vectors_path(store, run))
    assert read_hidden_vectors(store, run, load_dataset("mnist-sample")) is None


def test_of_a_wide_layer_a_stratified_sample_is_searched():
    wide = Architecture(layers=(Conv(filters=32, padding=Padding.SAME), Flatten()))
    data = load_dataset("mnist-sample")
    rows = searched_rows(wide, data)
    assert len(rows) == MAX_NUMBERS // (28 * 28 * 32)
    counts = np.bincount(data.train.labels[rows], minlength=10)
    assert np.ptp(counts / np.bincount(data.train.labels) * len(data.train.labels) / len(rows)) < 0.05


def test_a_run_without_weights_is_refused(store):
    waiting = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    with pytest.raises(RunError, match="no weights yet"):
        store_hidden_vectors(store, waiting)
