"""Starts workers as separate processes, which outlive the process that started them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from mnist_core import processes
from mnist_core.errors import RunLockedError, RunTakenOverError
from mnist_core.jobs.adjusting import settle_requests
from mnist_core.locks import try_lock
from mnist_core.processes import Process
from mnist_core.runs.fencing import Attempt
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore

WORKER = "mnist_core.jobs.worker"


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
        attempt = begin(store, run_id)  # first: if the process cannot be started, the run does not stay queued
        arguments = (str(folder), "--lock-fd", str(lock), "--attempt", str(attempt))
        return processes.start(WORKER, *arguments, log=folder / "worker.log", is_log_kept=True, pass_fds=(lock,))
    finally:
        os.close(lock)  # the child's copy keeps the lock


def begin(store: RunStore, run_id: str) -> Attempt:
    """Record that a worker starts, and clear its requests; for the holder of the lock. Returns the new attempt."""
    settle_requests(store, run_id)
    return _raise_attempt(store, run_id, lambda document: document.update(cluster_task=None))


def begin_task(store: RunStore, run_id: str, task: str) -> Attempt:
    """The same on a cluster, which starts a run again by itself: requests to the worker before are for this one too.

    Raises:
        RunTakenOverError: the run is not with this task any more, or has ended.
    """

    def check(document: dict[str, Any]) -> None:
        if document.get("cluster_task") != task or RunStatus(document["status"]).is_finished:
            raise RunTakenOverError(f"Run {run_id} has ended, or is with another task than {task}.")

    return _raise_attempt(store, run_id, check)


def _raise_attempt(store: RunStore, run_id: str, first: Callable[[dict[str, Any]], object]) -> Attempt:
    attempts: list[Attempt] = []

    def change(document: dict[str, Any]) -> None:
        first(document)
        attempts.append(Attempt.after(document))
        document |= {"status": RunStatus.RUNNING.value, "error": None, "finished_at": None}
        document |= {"attempt": attempts[0].number, "attempt_token": attempts[0].token}

    store.update(run_id, change)
    return attempts[0]
