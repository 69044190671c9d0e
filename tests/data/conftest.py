"""Data for the tests of `mnist_core.data`: each test has its own home and its own folder of data sets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_core import environment
from mnist_core.data.dataset import Dataset, Split, content_sha256
from mnist_core.data.sources.bundled import read_sample, sample_file
from mnist_core.data.sources.catalogue import load_dataset


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of data sets; nothing on this machine is found or written outside of the test."""
    folder = tmp_path / "data"
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("NO_PROXY", "*")
    return folder


@pytest.fixture
def full_mnist(full_mnist_folder: Path) -> Dataset:
    return load_dataset("mnist", full_mnist_folder)


@pytest.fixture(scope="session")
def sample_splits() -> tuple[Split, Split]:
    file = sample_file()
    assert file is not None
    return read_sample(file)


@pytest.fixture
def sample(sample_splits: tuple[Split, Split]) -> Dataset:
    """4,000 and 1,000 real digits."""
    return make_dataset(*sample_splits)


@pytest.fixture
def tiny() -> Dataset:
    """60 and 20 images of noise, every label in both splits."""
    random = np.random.default_rng(7)
    parts = []
    for n in (60, 20):
        images = random.integers(0, 256, (n, 28, 28), np.uint8)
        parts.append(Split(images=images, labels=(np.arange(n) % 10).astype(np.uint8)))
    return make_dataset(parts[0], parts[1])


def make_dataset(train: Split, test: Split) -> Dataset:
    return Dataset(
        name="made",
        title="Made",
        source="test",
        licence="none",
        sha256=content_sha256(train, test),
        train=train,
        test=test,
    )


@pytest.fixture
def run_python():
    """Runs code in a fresh interpreter and returns what it prints."""

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment.child_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    return run
