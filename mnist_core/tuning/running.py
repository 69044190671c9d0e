"""The one way in which a search has runs trained: through the queue of this machine.

Another executor has these same five methods.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import Protocol

from mnist_core.errors import MnistCoreError, RunError, RunLockedError
from mnist_core.jobs import queue
from mnist_core.jobs.sharing import MAX_PARALLEL
from mnist_core.runs.store import RunStore


class Order(StrEnum):
    """What is to be done with the runs of a study."""

    GO = "go"
    PAUSE = "pause"
    HALT = "halt"


class Runner(Protocol):
    """Has run directories trained."""

    def prepare(self, workers: int) -> None:
        """Make room for so many runs at the same time."""

    def start(self, run_id: str) -> bool:
        """Have a run trained, from its last checkpoint if it has one; False if it has to be asked for again.

        True also for a run that is being trained; False if there is no room, or its worker has not quite ended.
        """

    def stop(self, run_id: str) -> None:
        """Have a run stopped with a checkpoint, or taken out of the queue; asked for again at every look."""

    def pause(self, run_id: str) -> None:
        """Have a run in training paused with a checkpoint."""

    def look(self) -> None:
        """Called a few times a second."""


class QueueRunner:
    """Trains runs through the queue, where a person sees, moves and cancels them like any others."""

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def prepare(self, workers: int) -> None:
        here = min(workers, MAX_PARALLEL)  # more are for a cluster
        if queue.read_settings(self.store).parallel < here and not queue.shares_places(self.store):
            queue.set_parallel(self.store, here)

    def start(self, run_id: str) -> bool:
        with contextlib.suppress(RunError):  # the queue is full, or a paused run has no place now
            try:
                if self.store.get(run_id).attempt == 0:
                    queue.enqueue(self.store, run_id)
                else:
                    queue.resume(self.store, run_id)
            except RunLockedError:
                # Somebody else has started it, as the queue may do with a run as soon as it is made. A worker that has
                # written how it ended holds the lock for a moment longer.
                return self.store.get(run_id).status.is_active
            return True
        return False

    def stop(self, run_id: str) -> None:
        with contextlib.suppress(MnistCoreError):
            queue.stop(self.store, run_id, may_kill=False)  # repeated twice a second: no sign that it hangs

    def pause(self, run_id: str) -> None:
        with contextlib.suppress(MnistCoreError):
            queue.pause(self.store, run_id)

    def look(self) -> None:
        queue.dispatch(self.store)  # a worker that was killed did not start the next one
