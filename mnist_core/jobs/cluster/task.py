"""What a machine of the cluster does: it runs the worker on a run directory. Imported there by name; keep it light."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import mnist_core
from mnist_core import processes
from mnist_core.environment import runs_folder
from mnist_core.errors import ClusterError
from mnist_core.jobs.endings import LEFT_ALONE
from mnist_core.training.versions import version_of

WORKER = "mnist_core.jobs.worker"
VISIBLE_SECONDS = 60.0

COMPARED = ("distributed", "keras", "tensorflow", "numpy")
"""The packages that must have the same version everywhere: what a training does depends on them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitness:
    """What a machine has that a run needs.

    Attributes:
        versions: of Python, MNIST Studio and the packages in `COMPARED`; empty for what is missing.
        has_runs: whether it can reach the folder of runs.
    """

    versions: dict[str, str]
    has_runs: bool

    def problem(self, here: Fitness) -> str:
        """Why this machine cannot train the runs of `here`; empty if it can."""
        for name, wanted in here.versions.items():
            found = self.versions.get(name, "")
            if found != wanted:
                return f"{name} is {found or 'missing'} on the worker. Expected {wanted or 'none'}."
        return "" if self.has_runs else "The folder of runs is not on the worker. Share it under the same path."


def fitness(root: str) -> Fitness:
    """The fitness of the machine that this runs on, for the runs in a folder."""
    python = ".".join(platform.python_version_tuple()[:2])
    versions = {"Python": python, "MNIST Studio": mnist_core.__version__} | {
        name: version_of(name) for name in COMPARED
    }
    return Fitness(versions=versions, has_runs=_runs_folder(root).is_dir())


def train(root: str, run_id: str, task: str) -> int:
    """Run the worker on a run directory until it ends; returns its exit code.

    Args:
        root: the folder of runs, as it is called on the machine that asks.
        task: what `run.json` calls this hand-over; the worker does nothing if that is another one by now.

    Raises:
        ClusterError: a signal ended the worker; Dask then tries again, here or elsewhere, a few times.
        Reschedule: the machine is wanted back; Dask then tries again.
    """
    folder = _runs_folder(root) / run_id
    _wait_for(folder)
    code = processes.attend(WORKER, str(folder), "--task", task, log=folder / "worker.log")
    if code < 0:
        raise ClusterError(f"The worker of run {run_id} was ended by signal {-code} on {platform.node()}.")
    if code == LEFT_ALONE:
        raise import_module("distributed").Reschedule
    return code


def _wait_for(folder: Path) -> None:
    """A network file system shows a new folder with a delay."""
    deadline = time.monotonic() + VISIBLE_SECONDS
    while not folder.is_dir():
        if time.monotonic() > deadline:
            raise ClusterError(f"The folder {folder} is not on {platform.node()}.")
        time.sleep(0.2)


def _runs_folder(root: str) -> Path:
    """The folder of runs on this machine: under the same path, or where the environment says."""
    return Path(root) if Path(root).is_dir() else runs_folder()
