"""A cluster on this machine: its scheduler and workers are processes, each worker with one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from mnist_core.jobs import queue
from mnist_core.jobs.cluster.executor import ClusterExecutor
from mnist_core.runs.store import RunStore
from tests.waiting import wait_until

needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None or find_spec("cryptography") is None,
    reason="needs what requirements-cluster.txt names",
)

Connect = Callable[..., ClusterExecutor]


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    (tmp_path / "runs").mkdir()
    return RunStore(tmp_path / "runs")


@pytest.fixture
def connect(store: RunStore) -> Iterator[Connect]:
    """Makes an executor for the store and an address; it is closed at the end."""
    with ExitStack() as opened:

        def make(stated: Path | str, keys: Path | None = None) -> ClusterExecutor:
            executor = ClusterExecutor(str(stated), keys, store.root)
            opened.callback(executor.close)
            return executor

        yield make


def hand_out_until(
    condition: Callable[[], bool], store: RunStore, executor: ClusterExecutor, *, seconds: float = 60
) -> None:
    """What a server does: hand out runs again and again, until `condition` holds."""

    def holds() -> bool:
        queue.dispatch(store, executor)
        return condition()

    wait_until(holds, seconds=seconds)
