"""A scheduler and workers of Dask as processes on this machine, which stand for machines that can be lost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from mnist_core.environment import ROOT, child_environment
from mnist_core.jobs.cluster.serving import Command, scheduler_command, worker_command

REAL_WORKER = "mnist_core.jobs.worker"
START_SECONDS = 60.0
END_SECONDS = 5.0

Machine = subprocess.Popen[bytes]


class Machines:
    """Ends what it has started, by id.

    Attributes:
        file: the scheduler file: what `MNIST_STUDIO_CLUSTER` would be.
        worker: the module that trains a run.
    """

    def __init__(self, folder: Path, *, keys: Path | None = None, worker: str = REAL_WORKER) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "scheduler.json"
        self.worker = worker
        self.scheduler: Machine | None = None
        self.workers: dict[str, Machine] = {}
        self._folder, self._keys = folder, keys

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for machine in (*self.workers.values(), self.scheduler):
            if machine is not None:
                machine.kill()
                machine.wait()

    def start_scheduler(self) -> None:
        """Start a scheduler, in place of one that has ended, and wait for its file."""
        self.file.unlink(missing_ok=True)
        self.scheduler = self._start("scheduler", scheduler_command("127.0.0.1", 0, keys=self._keys, file=self.file))
        deadline = time.monotonic() + START_SECONDS
        while not self.file.exists() or not self.file.read_bytes().endswith(b"}"):
            if time.monotonic() > deadline or self.scheduler.poll() is not None:
                raise RuntimeError(
                    f"The scheduler did not start: {(self._folder / 'scheduler.log').read_text()[-500:]}"
                )
            time.sleep(0.02)

    def start_all(self, names: Iterable[str]) -> None:
        """Start a scheduler and workers of these names."""
        self.start_scheduler()
        for name in names:
            self.start_worker(name)

    def start_worker(self, name: str, *, places: int = 1) -> Machine:
        """Start a worker, in place of one of this name that has ended."""
        module, options = worker_command(str(self.file), keys=self._keys, places=places, name=name)
        if self.worker != REAL_WORKER:
            module, options = "benchmarks.cluster_worker", [self.worker, *options]
        self.workers[name] = self._start(name, (module, options))
        return self.workers[name]

    def kill(self, name: str) -> None:
        """Lose a worker, as if its machine had lost power."""
        self.workers[name].kill()
        self.workers[name].wait()

    def kill_scheduler(self) -> None:
        """Lose the scheduler; its workers end, but for one that was about to ask for it: that one is killed."""
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()
        for machine in self.workers.values():
            try:
                machine.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                machine.kill()
                machine.wait()

    def _start(self, name: str, command: Command) -> Machine:
        module, options = command
        variables = child_environment(DASK_TEMPORARY_DIRECTORY=str(self._folder))
        with open(self._folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *options], cwd=ROOT, env=variables, stdout=log, stderr=log
            )
