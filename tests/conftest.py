"""What every test can rely on: a runs folder of its own, and data it may look at but not change."""

from __future__ import annotations

import itertools
import json
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mnist_core.environment import compute_on_one_core

compute_on_one_core()  # before any test imports numpy

ROOT = Path(__file__).resolve().parents[1]

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: with two processes, a long one at the end leaves one of them idle."""
    items.sort(key=lambda item: ["browser" in item.keywords, "slow" in item.keywords], reverse=True)


@pytest.fixture(scope="session")
def sample_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty data folder: the sample is all there is; what is computed from it is shared by all tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample-data"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs folders lie: `tmp_path` looks through all folders beside its own, which most tests do not need."""
    folder = tmp_path_factory.getbasetemp() / "own"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def runs_folder(own_folders: Path, sample_data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runs folder that is not there yet, which is also what MNIST_STUDIO_RUNS names: no test touches real runs."""
    folder = own_folders / str(next(_numbers)) / "runs"
    monkeypatch.setenv("MNIST_STUDIO_RUNS", str(folder))
    if not os.environ.get("MNIST_STUDIO_DATA"):  # else what is computed from data would be kept in the project
        monkeypatch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
    return folder


@pytest.fixture(autouse=True)
def unlimited_memory() -> Iterator[None]:
    """No test limits the memory of this process, which cannot be undone: tests after it would fail."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    yield
    assert resource.getrlimit(resource.RLIMIT_DATA) == before, "run this command in a process of its own"


@pytest.fixture
def sample_only(sample_data_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """This machine as if only the bundled sample were on it."""
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(sample_data_folder))
    monkeypatch.setenv("HOME", str(tmp_path))  # Keras keeps an `mnist.npz` at home
    return sample_data_folder


@pytest.fixture
def empty_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data sets that a test may put some into."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def full_mnist_folder() -> Path:
    """The folder of data sets that holds the full MNIST; skips the test where there is none."""
    stated = os.environ.get("MNIST_STUDIO_DATA")
    if not stated or not (Path(stated) / "mnist").is_dir():
        pytest.skip("the full MNIST is not on this machine (MNIST_STUDIO_DATA)")
    return Path(stated)


@pytest.fixture
def studio(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Runs a command, which has to succeed; returns what it prints, with `--json` as values."""
    from mnist_core.cli import main

    def run(*arguments: str | Path) -> Any:
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == 0
        printed = capsys.readouterr().out
        return json.loads(printed) if "--json" in arguments else printed

    return run
