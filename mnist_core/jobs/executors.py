"""Who trains a run: processes on this machine, or a cluster. Whoever hands out runs speaks with an `Executor`.

    executor = chosen_executor()          the cluster that the environment names, else this machine
    executor.start(store, run_id)         run the worker on this run directory, now; call it under the lock of the queue

How a run goes is in its directory, whoever trains it. To stop one: `mnist_core.jobs.queue.stop`.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from mnist_core.environment import cluster_keys_folder, cluster_stated, runs_folder
from mnist_core.jobs.control import is_asked_to_pause
from mnist_core.jobs.launcher import launch
from mnist_core.runs.query import RunQuery
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import ACTIVE, RunStore

if TYPE_CHECKING:
    from mnist_core.jobs.cluster.executor import ClusterExecutor


QUEUED = RunQuery(statuses=(RunStatus.QUEUED,))
"""The runs that wait, here or on a cluster."""


class Started(Protocol):
    """A worker that was started, here or elsewhere."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs, or is to be started again."""


class Executor(Protocol):
    """Starts workers on run directories. May be used by several threads."""

    def places(self, allowed: int) -> int:
        """How many runs it can train at the same time, where a person allows so many on this machine."""

    def taken(self, store: RunStore) -> int:
        """How many of its places runs of this store have."""

    def start(self, store: RunStore, run_id: str) -> Started:
        """Run the worker on a run directory; for the holder of the lock on the queue.

        Raises:
            RunNotFoundError: no such run.
            RunLockedError: a worker is training it already.
            ClusterError: the cluster cannot be used.
        """

    def settle(self, store: RunStore) -> None:
        """Take back what could not be trained, and start again what was lost; for the holder of the same lock."""


class LocalExecutor:
    """Every worker is a process on this machine, which outlives the one that started it."""

    def places(self, allowed: int) -> int:
        return allowed

    def taken(self, store: RunStore) -> int:
        return sum(_takes_place(store, run) for run in store.find(ACTIVE))

    def start(self, store: RunStore, run_id: str) -> Started:
        return launch(store, run_id)

    def settle(self, store: RunStore) -> None:
        """Take back what waits for a cluster that is not asked for any more.

        A run whose worker on this machine has died is interrupted, until a person resumes it.
        """
        if cluster_stated():
            return
        for run in store.list(QUEUED):
            if run.cluster_task and not store.is_worked_on(run.run_id):
                store.update(run.run_id, lambda document: document.pop("cluster_task", None))


def _takes_place(store: RunStore, run: RunRecord) -> bool:
    """Whether an active run keeps the cores of this machine busy."""
    match run.status:
        case RunStatus.RUNNING:
            return not run.cluster_task
        case RunStatus.QUEUED:
            return not run.cluster_task and store.is_worked_on(run.run_id)
        case RunStatus.PAUSED:  # a paused worker has freed the cores, unless it has just been resumed
            is_asked = is_asked_to_pause(store.folder(run.run_id))
            return not run.cluster_task and not is_asked and store.is_worked_on(run.run_id)
    return False


LOCAL = LocalExecutor()
_connecting = threading.Lock()


def chosen_executor() -> Executor:
    """The cluster that the environment names; this machine if it names none, or if that cluster cannot be used now."""
    executor = chosen_cluster()
    return LOCAL if executor is None or executor.state().problem else executor


def chosen_cluster() -> ClusterExecutor | None:
    """The cluster that the environment names, usable or not; it is connected to in the background."""
    stated = cluster_stated()
    with _connecting:  # two threads that ask at first would both connect
        return _connected(stated, runs_folder()) if stated else None


@cache
def _connected(stated: str, root: Path) -> ClusterExecutor:
    from mnist_core.jobs.cluster.executor import ClusterExecutor

    return ClusterExecutor(stated, cluster_keys_folder(), root)
