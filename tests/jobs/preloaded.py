"""Workers that start at once: forked from a process that has already loaded Keras.

`python -m mnist_core.jobs.worker` spends six seconds of a core on loading TensorFlow. A forked worker runs the same
`main` in a process of its own, which can be killed, stopped and signalled like any other.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from mnist_core.environment import child_environment

MODULES = ("keras", "mnist_core.jobs.worker", "mnist_core.training.trainer", "tests.jobs.preloaded")


class Worker:
    """A worker process, with the part of `subprocess.Popen` that tests ask for."""

    def __init__(self, run_dir: Path) -> None:
        self._process: ForkServerProcess = _forking().Process(target=_work, args=(str(run_dir), child_environment()))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, as soon as there is one."""
        self._process.join(timeout)
        code = self._process.exitcode
        assert code is not None, f"The worker did not end within {timeout:g} s."
        return code

    def kill(self) -> None:
        self._process.kill()


@cache
def _forking() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(MODULES))
    return context


def _work(run_dir: str, environment: dict[str, str]) -> None:
    from mnist_core.jobs.worker import main

    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # TMPDIR may be another one than when the module was loaded
    sys.exit(main([run_dir]))
