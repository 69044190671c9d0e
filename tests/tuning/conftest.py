"""Studies whose trials are trained by the simulated executor."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Dense, Dropout, Flatten, MaxPool
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import TrainingSettings
from mnist_core.tuning import search as searching
from mnist_core.tuning.space import Choices, Range, Space
from mnist_core.tuning.study import Study, StudySettings, create_study, study_folder
from mnist_core.tuning.trials import Trials, read_trials

NETWORK = Architecture(layers=(Conv(filters=4), MaxPool(), Flatten(), Dense(units=16), Dropout(rate=0.2)))
EPOCHS = 3


def base_config(**training: Any) -> ExperimentConfig:
    settings = {"epochs": EPOCHS, "learning_rate": 0.003, **training}
    return ExperimentConfig(dataset="mnist-sample", architecture=NETWORK, training=TrainingSettings.from_dict(settings))


def open_space(base: ExperimentConfig | None = None) -> Space:
    """Any number of points."""
    return Space(
        base=base or base_config(),
        dimensions=(
            Range(setting="learning_rate", low=1e-4, high=1e-1, log=True),
            Range(setting="dense_1.units", low=4, high=64, step=4),
            Choices(setting="optimizer", values=("adam", "sgd")),
        ),
    )


def small_space() -> Space:
    """Twelve points."""
    return Space(
        base=base_config(),
        dimensions=(
            Choices(setting="learning_rate", values=(0.001, 0.003, 0.01)),
            Range(setting="dense_1.units", low=8, high=16, step=8),
            Choices(setting="optimizer", values=("adam", "sgd")),
        ),
    )


def right_answers(config: ExperimentConfig, epoch: int) -> int:
    """More with a learning rate near 0.01, more units and Adam; rising with the epochs."""
    settings = config.training
    away = abs(math.log10(settings.learning_rate) + 2)
    units = next(layer.units for layer in config.architecture.layers if isinstance(layer, Dense))
    found = 170 - 30 * away + units / 4 - (5 if settings.optimizer == "sgd" else 0) + (settings.seed % 7)
    return max(20, min(200, round(found * (1 - 0.3 / epoch))))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulated epoch takes no time, so the tuner need not wait between two looks."""
    monkeypatch.setattr(searching, "POLL_SECONDS", 0.0)


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


Make = Callable[..., Study]


@pytest.fixture
def make_study(store: RunStore) -> Make:
    """Makes a study called "first"."""

    def make(space: Space | None = None, name: str = "first", **settings: Any) -> Study:
        given = {"trials": 6, "method": "random", "pruning": "off", **settings}
        study = Study(name=name, space=space or open_space(), settings=StudySettings(**given))
        return create_study(store.root, study)

    return make


def trials_of(store: RunStore, study: Study) -> Trials:
    return read_trials(store, study, study_folder(store.root, study.name))
