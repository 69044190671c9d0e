"""A search on a real cluster, while what trains it is killed at random; the long version is a benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster_machines import Machines
from benchmarks.faults_search import look_at_search, new_study, search_all
from mnist_core.runs.store import RunStore
from tests.jobs.cluster.conftest import needs_dask

pytestmark = [needs_dask, pytest.mark.slow, pytest.mark.thorough]


def test_a_search_on_a_cluster_survives_whatever_is_killed(store: RunStore, tmp_path: Path) -> None:
    study = new_study(store, trials=12)
    with Machines(tmp_path / "machines", worker="benchmarks.fast_worker") as machines:
        faults, _ = search_all(store, study, machines, mean_seconds=2.0, seed=2)
    assert sum(faults.values()) >= 3
    assert list(look_at_search(store, study)) == []
