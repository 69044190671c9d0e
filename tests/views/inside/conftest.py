"""Views of the page Look inside, on runs whose weights are drawn at random."""

from __future__ import annotations

from pathlib import Path

import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.sources.catalogue import load_dataset
from mnist_core.runs.store import RunStore


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture
def sample(sample_only: Path) -> Dataset:
    return load_dataset("mnist-sample")
