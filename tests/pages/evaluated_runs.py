"""Finished runs for the tests of the pages Evaluate and Mistakes: made once, copied for each test."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mnist_core.evaluation.predictions import Predictions
from mnist_core.network.hidden_vectors import store_hidden_vectors
from mnist_core.runs.store import RunStore
from tests.finished_runs import finished_run

__all__ = ["store", "newest", "stored"]


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory, runs_folder: Path, sample_only: Path) -> RunStore:
    """Two finished runs in the runs folder of this test, which may change them."""
    shutil.copytree(_made_runs(tmp_path_factory.getbasetemp()), runs_folder, copy_function=_copied)
    return RunStore(runs_folder)


def newest(store: RunStore) -> str:
    return store.run_ids()[0]


def stored(store: RunStore, run_id: str, file: str = "test") -> Predictions:
    """What the file says, read without the code under test."""
    with np.load(store.folder(run_id) / "predictions" / f"{file}.npz") as arrays:
        return Predictions(**{name: arrays[name] for name in ("index", "labels", "probabilities")})


@cache
def _made_runs(parent: Path) -> Path:
    """A folder with two completed runs on the sample; nobody changes it."""
    store = RunStore(parent / "evaluated" / "runs")
    for seed, name in enumerate(("Run one", "Run two")):
        run_id = finished_run(store, name=name, seed=seed)
        store_hidden_vectors(store, run_id)  # else every look at a digit would start a process to make them
    return store.root


def _copied(source: str, target: str) -> None:
    if Path(source).parent.name == "hidden":  # megabytes that no test writes to
        os.link(source, target)
    else:
        shutil.copy2(source, target)
