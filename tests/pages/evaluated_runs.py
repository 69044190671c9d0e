"""Finished runs for the tests of the pages Evaluate and Mistakes: made once, copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from mnist_core.evaluation.predictions import Predictions
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run


@pytest.fixture(scope="module")
def finished_folder(tmp_path_factory: pytest.TempPathFactory, sample_data_folder: Path) -> Path:
    """A runs folder with two completed runs on the sample; nobody changes it."""
    folder = tmp_path_factory.mktemp("finished") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
        for seed, name in enumerate(("First", "Second")):
            finished_run(RunStore(folder), name=name, seed=seed)
    return folder


@pytest.fixture
def store(finished_folder: Path, runs_folder: Path, sample_only: Path) -> RunStore:
    """The two runs in the runs folder of this test, which may change them."""
    shutil.copytree(finished_folder, runs_folder)
    return RunStore(runs_folder)


def newest(store: RunStore) -> str:
    return store.run_ids()[0]


def stored(store: RunStore, run_id: str, file: str = "test") -> Predictions:
    """What the file says, read without the code under test."""
    with np.load(store.folder(run_id) / "predictions" / f"{file}.npz") as arrays:
        return Predictions(**{name: arrays[name] for name in ("index", "labels", "probabilities")})
