"""Starts workers as processes of their own, which outlive whoever started them."""

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

    The lock is taken here and handed to the child, so that between two launches there is no instant at which the run
    looks free.

    Raises:
        RunNotFoundError: no such run.
        RunLockedError: a worker has it already.
    """
    folder = store.folder(run_id)
    lock = try_lock(folder / "lock", patience_seconds=0.1)
    if lock is None:
        raise RunLockedError(f"Run {run_id} is being trained already.")
    try:
        begin(store, run_id)  # before there is a process: should the start fail, the run is not queued for ever
        worker, log = "mnist_core.jobs.worker", folder / "worker.log"
        return processes.start(worker, str(folder), "--lock-fd", str(lock), log=log, is_log_kept=True, pass_fds=(lock,))
    finally:
        os.close(lock)  # the child's copy keeps the lock


def begin(store: RunStore, run_id: str) -> None:
    """Write down that a new attempt at training begins, with nothing asked of it; for whoever holds the lock."""
    settle_requests(store, run_id)
    attempt = store.get(run_id).attempt + 1
    store.set(run_id, status=RunStatus.RUNNING.value, error=None, finished_at=None, attempt=attempt)
