"""Which runs a lesson takes for what it asked for, and what it says of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.shared.lessons.designs import design
from dashboard.shared.lessons.lesson import Missing
from dashboard.shared.lessons.seen_runs import is_trained_as, missing_run, named, newest_trained
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Precision
from tests.pages.opening import OpenPage, look_for_components_once, open_page

__all__ = ["look_for_components_once", "open_page"]

DATASET = {"name": "mnist-sample", "sha256": "abc"}


@pytest.fixture
def store(runs_folder: Path, open_page: OpenPage) -> RunStore:
    open_page("learn")  # what other tests have kept is forgotten
    return RunStore(runs_folder)


def finished(store: RunStore, config: ExperimentConfig, status: RunStatus = RunStatus.COMPLETED) -> str:
    run_id = store.create(config)
    summary = {"parameters": 1, "best_epoch": 1, "test_accuracy": 0.9}
    store.set(run_id, status=status.value, dataset=DATASET, summary=summary)
    return run_id


def with_training(**changes: object) -> ExperimentConfig:
    config = design()
    return replace(config, training=replace(config.training, **changes))


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({"seed": 5}, True),
        ({"precision": Precision.MIXED_BFLOAT16}, True),
        ({"epochs": 2}, False),
        ({"learning_rate": 1.0}, False),
        ({"batch_size": 64}, False),
    ],
)
def test_a_design_is_the_same_but_for_seed_and_precision(
    store: RunStore, changes: dict[str, object], is_same: bool
) -> None:
    run = store.get(finished(store, with_training(**changes)))
    assert is_trained_as(run, design()) is is_same


def test_a_later_run_with_other_settings_does_not_take_the_place_of_one(store: RunStore) -> None:
    right = finished(store, design())
    finished(store, with_training(learning_rate=1e-5))
    finished(store, design(limit=500))
    run = newest_trained(design())
    assert not isinstance(run, Missing)
    assert run.run_id == right


def test_a_run_with_other_settings_is_named_with_them(store: RunStore) -> None:
    run = store.get(finished(store, with_training(epochs=2)))
    text = missing_run(design()).text
    assert named(run) in text
    assert f" {run.epochs} " in text
    assert f" {design().training.epochs}" in text


@pytest.mark.parametrize("status", [RunStatus.STOPPED, RunStatus.QUEUED])
def test_a_run_that_did_not_reach_its_end_is_not_taken_and_is_named(store: RunStore, status: RunStatus) -> None:
    run = store.get(finished(store, design(), status))
    found = newest_trained(design())
    assert isinstance(found, Missing)
    assert named(run) in found.text
