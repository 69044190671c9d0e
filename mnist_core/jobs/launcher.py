"""Starts workers as separate processes, which outlive the process that started them."""

from __future__ import annotations

import os

from mnist_core import processes
from mnist_core.errors import RunLockedError
from mnist_core.jobs.adjusting import settle_requests
from mnist_core.locks import try_lock
from mnist_core.processes import Process
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore


def launch(store: RunStore, run_id: str) -> Process:
    """Start the worker of a run.

    The lock is taken here and inherited by the child, so that the run is locked from the first moment.

    Raises:
        RunNotFoundError: no such run.
        RunLockedError: a worker is training it already.
    """
    folder = store.folder(run_id)
    lock = try_lock(folder / "lock", patience_seconds=0.1)
    if lock is None:
        raise RunLockedError(f"Run {run_id} is being trained already.")
    try:
        begin(store, run_id)  # first: if the process cannot be started, the run does not stay queued
        worker, log = "mnist_core.jobs.worker", folder / "worker.log"
        return processes.start(worker, str(folder), "--lock-fd", str(lock), log=log, is_log_kept=True, pass_fds=(lock,))
    finally:
        os.close(lock)  # the child's copy keeps the lock


def begin(store: RunStore, run_id: str) -> None:
    """Record that a worker starts, and clear its requests; for the holder of the lock."""
    settle_requests(store, run_id)
    attempt = store.get(run_id).attempt + 1
    store.set(run_id, status=RunStatus.RUNNING.value, error=None, finished_at=None, attempt=attempt)
