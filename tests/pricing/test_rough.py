"""A network that was never timed costs in proportion to one that was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mnist_core.models.architecture import Architecture
from mnist_core.models.layers import Conv, Flatten, MaxPool
from mnist_core.pricing.rough import rough_time
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig
from mnist_core.training.settings import Precision
from tests.pricing.test_past_runs import of, timed

IMAGES = 4_000


@pytest.fixture
def store(runs_folder: Path, sample_only: None) -> RunStore:
    return RunStore(runs_folder)


def wider(config: ExperimentConfig, filters: int) -> ExperimentConfig:
    return replace(config, architecture=Architecture(layers=(Conv(filters=filters), MaxPool(), Flatten())))


def test_a_wider_network_takes_longer_by_its_multiply_adds(store: RunStore) -> None:
    config = of(store, timed(store, [100.0, 103.0, 106.0]))  # 3 s an epoch, with 4 filters
    by_hand = {filters: 26 * 26 * 9 * filters + 13 * 13 * filters * 10 for filters in (4, 12)}
    found = rough_time(store, wider(config, 12), train_images=IMAGES)
    assert found is not None
    assert found.is_rough
    assert found.epoch_seconds == pytest.approx(3.0 * by_hand[12] / by_hand[4])
    fewer = rough_time(store, replace(wider(config, 12), limit=IMAGES // 2), train_images=IMAGES)
    assert fewer is not None
    assert fewer.epoch_seconds == pytest.approx(found.epoch_seconds / 2, rel=1e-3)


def test_the_run_that_is_most_like_it_tells_the_time(store: RunStore) -> None:
    config = of(store, timed(store, [100.0, 103.0]))
    near = wider(config, 20)
    run_id = timed(store, [100.0, 110.0], seed=1)
    store.set(run_id, config=near.to_dict())
    found = rough_time(store, wider(config, 24), train_images=IMAGES)
    assert found is not None
    assert found.earlier is not None
    assert found.earlier.run.run_id == run_id


@pytest.mark.parametrize("what", ["far too large", "another precision", "no run"])
def test_nothing_is_said_where_no_run_is_like_it(store: RunStore, what: str) -> None:
    if what == "no run":
        config = ExperimentConfig(dataset="mnist-sample", architecture=Architecture(layers=(Flatten(),)))
    else:
        config = of(store, timed(store, [100.0, 103.0]))
    if what == "far too large":
        config = wider(config, 200)
    if what == "another precision":
        config = of(store, store.run_ids()[0], precision=Precision.MIXED_BFLOAT16)
    assert rough_time(store, config, train_images=IMAGES) is None
