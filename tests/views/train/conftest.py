"""Views of the page Train."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_core.locks import try_lock
from mnist_core.runs.store import RunStore
from tests.finished_runs import overfitted_run


@pytest.fixture
def running(runs_folder: Path, sample_only: Path) -> Iterator[str]:
    """An overfitted run that looks as if it were trained now: its lock is held, as by its worker."""
    store = RunStore(runs_folder)
    run_id = overfitted_run(store)
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    config = store.get(run_id).config
    longer = replace(config, training=replace(config.training, epochs=97))
    store.set(run_id, status="running", config=longer.to_dict())
    yield run_id
    os.close(lock)
