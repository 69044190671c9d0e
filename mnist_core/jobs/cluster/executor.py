"""Hands runs to a Dask cluster, and starts those again that it has lost.

A run that is handed over stays `queued` in its directory, with `cluster_task` in its `run.json`, until its worker
begins somewhere. Dask starts a task again whose machine is gone. It forgets all of its tasks when its scheduler is
gone: then `settle` hands over again what has not ended. A task has a name of its own, so that handing it over twice is
once, also for two servers.
"""

from __future__ import annotations

import contextlib
import secrets
from importlib import import_module
from pathlib import Path
from typing import Any

from mnist_core.errors import ClusterError, MnistCoreError, RunLockedError
from mnist_core.jobs.adjusting import settle_requests
from mnist_core.jobs.cluster.connection import Connection, key_of
from mnist_core.jobs.cluster.state import ClusterState
from mnist_core.jobs.cluster.task import train
from mnist_core.jobs.endings import FAILED
from mnist_core.runs.document import read_document
from mnist_core.runs.record import RunRecord, RunStatus
from mnist_core.runs.store import ACTIVE, GOING, RunStore

MAX_RETRIES = 3
"""So often a run is started again after its worker was killed; Dask has the same limit for lost machines."""


class ClusterRun:
    """A run that was handed over."""

    def __init__(self, future: Any) -> None:
        self._future = future
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code of its worker; None while it runs, waits or is being started again elsewhere."""
        if self._code is None and self._future.status == "finished":
            self._code = int(self._future.result(timeout=5))
        elif self._future.status == "error":
            self._code = FAILED
        return self._code


class ClusterExecutor:
    """Every worker is a process on a machine of a Dask cluster."""

    def __init__(self, stated: str, keys: Path | None, root: Path) -> None:
        self._connection = Connection(stated, keys, root)
        self._client: Any = None
        self._futures: dict[str, Any] = {}
        self._ends: dict[str, int] = {}

    def state(self) -> ClusterState:
        """What was last seen of the cluster; does not wait for it."""
        return self._connection.state()

    def wait(self, seconds: float = 5.0) -> ClusterState:
        """The same, as soon as it is known whether the cluster can be used."""
        return self._connection.wait(seconds)

    def close(self) -> None:
        """End the connection; what the cluster trains goes on."""
        self._connection.close()

    def places(self, allowed: int) -> int:
        """How many runs the workers can train at the same time; `allowed` is for this machine."""
        state = self.state()
        return state.places if state.is_connected else 0

    def taken(self, store: RunStore) -> int:
        return sum(_holds_place(store, run) for run in store.find(ACTIVE))

    def start(self, store: RunStore, run_id: str) -> ClusterRun:
        if store.is_worked_on(run_id):
            raise RunLockedError(f"Run {run_id} is being trained already.")
        client = self._present_client()
        if client is None:
            raise ClusterError(self.state().problem or "The cluster is not connected yet.")
        settle_requests(store, run_id)
        task = f"{run_id}.{secrets.token_hex(4)}"
        fields = {"status": RunStatus.QUEUED.value, "error": None, "finished_at": None, "cluster_task": task}
        store.set(run_id, **fields)
        return ClusterRun(self._submit(client, store, run_id, task))

    def settle(self, store: RunStore) -> None:
        client = self._present_client()
        if client is None:
            return
        # A run of the cluster that has not ended; it is queued between two machines.
        going = {run.cluster_task: run for run in store.find(GOING) if run.cluster_task}
        for task, run in going.items():
            with contextlib.suppress(MnistCoreError, OSError):  # of a run that is damaged or deleted now
                self._settle_run(client, store, run, task)
        self._futures = {task: future for task, future in self._futures.items() if task in going}
        self._ends = {task: count for task, count in self._ends.items() if task in going}

    def _settle_run(self, client: Any, store: RunStore, run: RunRecord, task: str) -> None:
        future = self._futures.get(task)
        if future is not None and future.status == "pending":
            return
        if future is not None and future.status == "error":
            _give_up(store, run, _reason(future))
        elif _has_ended(store, run):
            store.index.note(run.run_id)
        elif self._has_fit_worker() and not store.is_worked_on(run.run_id):  # else somebody has handed it over already
            self._ends[task] = self._ends.get(task, 0) + (future is not None)
            if self._ends[task] > MAX_RETRIES:
                _give_up(store, run, f"Its worker on the cluster has ended {self._ends[task]} times without a message.")
            else:
                self._submit(client, store, run.run_id, task)

    def _has_fit_worker(self) -> bool:
        """Dask takes an empty list of workers for no restriction, and would start the run on one that is unfit."""
        return any(not worker.problem for worker in self.state().workers)

    def _submit(self, client: Any, store: RunStore, run_id: str, task: str) -> Any:
        """Hand over a task; if the scheduler knows it, nothing is started a second time."""
        workers = self.state().workers
        fit = [worker.address for worker in workers if not worker.problem]
        options: dict[str, Any] = {} if len(fit) == len(workers) else {"workers": fit}
        key, arguments = key_of(task, self._ends.get(task, 0)), (str(store.root), run_id, task)
        future = client.submit(train, *arguments, key=key, pure=False, retries=MAX_RETRIES, **options)
        import_module("distributed").fire_and_forget(future)  # it goes on when this process ends
        self._futures[task] = future
        return future

    def _present_client(self) -> Any:
        client = self._connection.client()
        if client is not None and client is not self._client:
            self._client, self._futures = client, {}  # what another client has promised is void
        return client


def _holds_place(store: RunStore, run: RunRecord) -> bool:
    """Whether a run keeps a worker of the cluster busy; a paused one does until it has waited too long."""
    return bool(run.cluster_task) and (run.status is not RunStatus.PAUSED or store.is_worked_on(run.run_id))


def _has_ended(store: RunStore, run: RunRecord) -> bool:
    """What `run.json` says now; on a network file system, the record may be some seconds old."""
    return RunStatus(read_document(store.folder(run.run_id))["status"]).is_finished


def _give_up(store: RunStore, run: RunRecord, reason: str) -> None:
    def change(document: dict[str, Any]) -> None:
        if document.get("cluster_task") == run.cluster_task and not RunStatus(document["status"]).is_finished:
            document.pop("cluster_task")
            document |= {"status": RunStatus.FAILED.value, "error": f"{reason} Resume it from its last checkpoint."}

    store.update(run.run_id, change)


def _reason(future: Any) -> str:
    error = future.exception(timeout=5)
    if isinstance(error, ClusterError):
        return f"{error} It was started {MAX_RETRIES + 1} times."
    if type(error).__name__ == "KilledWorker":
        return "The machines of the cluster that trained this run were lost repeatedly."
    return f"The cluster could not start its worker ({type(error).__name__}: {error!s:.200})."
