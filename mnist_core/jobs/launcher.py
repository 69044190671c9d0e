"""Starts workers as processes of their own, which outlive whoever started them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from mnist_core.environment import ROOT, child_environment
from mnist_core.errors import RunLockedError
from mnist_core.jobs.adjusting import settle_requests
from mnist_core.locks import try_lock
from mnist_core.runs.record import RunStatus
from mnist_core.runs.store import RunStore

Worker = subprocess.Popen[bytes]

_children: list[Worker] = []
_children_lock = threading.Lock()


def launch(store: RunStore, run_id: str) -> Worker:
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
        settle_requests(store, run_id)
        # Written before there is a process: should the start fail, the run is interrupted, and not queued for ever.
        store.set(run_id, status=RunStatus.RUNNING.value, error=None)
        with open(folder / "worker.log", "ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "mnist_core.jobs.worker", str(folder), "--lock-fd", str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=child_environment(),
                cwd=ROOT,
                # Ctrl-C in the server's terminal must not reach it. Not PR_SET_PDEATHSIG: that fires when the *thread*
                # that started the child ends, and Streamlit's script threads are short-lived.
                start_new_session=True,
                pass_fds=(lock,),
            )
    finally:
        os.close(lock)  # the child's copy keeps the lock
    with _children_lock:
        _children.append(child)
    reap()
    return child


def reap() -> None:
    """Collect the exit codes of workers that ended, so that they do not stay as zombies."""
    with _children_lock:
        _children[:] = [child for child in _children if child.poll() is None]
