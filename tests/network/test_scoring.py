from __future__ import annotations

import numpy as np
import pytest

from mnist_core.data.scaling import Scaler, Scaling
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.errors import DatasetError, DatasetNotFoundError, RunError, RunNotFoundError
from mnist_core.network.scoring import scaler_of, score_images, score_split
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.finished_runs import SMALL, finished_run, slow_forward, small_weights


@pytest.fixture
def store(runs_folder):
    return RunStore(runs_folder)


@pytest.mark.parametrize("scaling", list(Scaling))
def test_probabilities_are_those_of_a_convolution_written_out(scaling):
    images = load_dataset("mnist-sample").test.images[:6]
    scaler = Scaler(kind=scaling, mean=33.0, std=78.0) if scaling is Scaling.STANDARDISED else Scaler(kind=scaling)
    weights = small_weights("mnist-sample", 0)
    found = score_images(SMALL, weights, scaler, images)
    expected = [slow_forward(weights, image) for image in scaler.apply(images)[..., 0]]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_every_image_is_scored_once_and_in_its_place():
    images = load_dataset("mnist-sample").test.images
    weights, scaler = small_weights("mnist-sample", 0), Scaler(kind=Scaling.UNIT)
    told: list[tuple[int, int]] = []
    whole = score_images(SMALL, weights, scaler, images, progress=lambda done, total: told.append((done, total)))
    assert told == [(500, 1000), (1000, 1000)]
    for row in (0, 499, 500, 999):
        np.testing.assert_allclose(
            whole[row], score_images(SMALL, weights, scaler, images[row : row + 1])[0], atol=1e-6
        )


def test_another_data_set_is_scored_with_its_own_labels(store, sample_only):
    run_id = finished_run(store)
    predictions = score_split(store, run_id, dataset="optical-digits", split="test")
    other = load_dataset("optical-digits").test
    np.testing.assert_array_equal(predictions.labels, other.labels)
    np.testing.assert_array_equal(predictions.index, np.arange(len(other)))
    np.testing.assert_allclose(
        predictions.probabilities[0], slow_forward(store.weights(run_id), other.images[0] / 255), atol=1e-5
    )


def test_missing_weights_and_data_are_reported(store, sample_only):
    run_id = finished_run(store)
    with pytest.raises(DatasetNotFoundError, match="Expected one of"):
        score_split(store, run_id, dataset="gone")
    with pytest.raises(DatasetError, match="Expected train or test"):
        score_split(store, run_id, dataset="mnist-sample", split="validation")
    with pytest.raises(RunNotFoundError):
        score_split(store, "20260101-000000-abcdef", dataset="mnist-sample")
    untrained = store.create(config_from_recipe("two-conv", dataset="mnist-sample"))
    with pytest.raises(RunError, match="best"):
        score_split(store, untrained, dataset="mnist-sample")


def test_a_learned_scaling_is_not_guessed(store, sample_only):
    waiting = store.get(store.create(config_from_recipe("standardised-mlp", dataset="mnist-sample")))
    with pytest.raises(RunError, match="not begun to train"):
        scaler_of(waiting)
    assert (
        scaler_of(store.get(store.create(config_from_recipe("two-conv", dataset="mnist-sample")))).kind is Scaling.UNIT
    )
