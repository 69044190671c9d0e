from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from dashboard import cached
from mnist_core.errors import DatasetNotFoundError, PredictionsError, RunNotFoundError
from mnist_core.evaluation.predictions import Predictions, save_predictions
from mnist_core.training.config import config_from_recipe


@pytest.fixture(autouse=True)
def empty_caches(sample_only: Path) -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def predictions_of(labels: list[int]) -> Predictions:
    labels_array = np.asarray(labels, np.uint8)
    probabilities = np.full((len(labels), 10), 0.01, np.float32)
    probabilities[np.arange(len(labels)), labels_array] = 0.91
    return Predictions(index=np.arange(len(labels)), labels=labels_array, probabilities=probabilities)


def test_a_data_set_is_read_once_and_cannot_be_written_to() -> None:
    first = cached.dataset("mnist-sample")
    assert cached.dataset("mnist-sample") is first
    assert not first.train.images.flags.writeable


def test_without_the_full_set_the_sample_is_the_default() -> None:
    assert cached.default_dataset() == "mnist-sample"


def test_an_unknown_data_set_is_named() -> None:
    with pytest.raises(DatasetNotFoundError, match="nosuch"):
        cached.dataset("nosuch")


def test_another_data_folder_is_another_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = cached.datasets()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(tmp_path / "elsewhere"))
    assert cached.datasets() is not first


def test_predictions_are_kept_until_their_file_changes() -> None:
    store = cached.run_store()
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample"))
    path = store.predictions_path(run_id, "test")
    path.parent.mkdir(exist_ok=True)
    save_predictions(path, predictions_of([1, 2, 3]))
    first = cached.predictions(run_id)
    assert cached.predictions(run_id) is first
    save_predictions(path, predictions_of([4, 5, 6]))
    os.utime(path, ns=(1, 1))  # a replaced file may even look older
    assert cached.predictions(run_id).labels.tolist() == [4, 5, 6]


def test_missing_predictions_are_read_again() -> None:
    store = cached.run_store()
    run_id = store.create(config_from_recipe("softmax-regression", dataset="mnist-sample"))
    with pytest.raises(PredictionsError):
        cached.predictions(run_id)
    path = store.predictions_path(run_id, "test")
    path.parent.mkdir(exist_ok=True)
    save_predictions(path, predictions_of([1]))
    assert len(cached.predictions(run_id).labels) == 1


@pytest.mark.parametrize("run_id", ["20260101-000000-aaaaaa", "../..", "", "x\0y"])
def test_a_run_that_does_not_exist_is_not_found(run_id: str) -> None:
    for read in (cached.predictions, cached.history, cached.weights):
        with pytest.raises(RunNotFoundError):
            read(run_id)
