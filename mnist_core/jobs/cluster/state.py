"""What is known about a cluster at one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterWorker:
    """One worker of the cluster: a Dask process on some machine, not the process that trains.

    Attributes:
        places: how many runs it trains at the same time.
        run_ids: the runs it trains now.
        problem: why it is given no runs; empty if it is.
    """

    address: str
    name: str
    host: str
    places: int
    run_ids: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterState:
    """The cluster as it was seen last.

    Attributes:
        where: its address or scheduler file, as it was stated.
        is_connected: whether the scheduler answers; False with an empty `problem` before the first answer.
        problem: why it cannot be used, in a sentence; empty if it can, or if that is not known yet.
        lost: the workers that have gone while they trained, the last one first, with their runs.
    """

    where: str
    is_connected: bool = False
    problem: str = ""
    workers: tuple[ClusterWorker, ...] = ()
    lost: tuple[ClusterWorker, ...] = ()

    @property
    def places(self) -> int:
        """How many runs the workers train at the same time."""
        return sum(worker.places for worker in self.workers if not worker.problem)
