"""The server's end of the helper: it starts the process, asks, and starts another one when that has died."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from mnist_core import processes
from mnist_core.environment import data_folder
from mnist_core.errors import RunError
from mnist_core.probing.helper.messages import Event, Request, What, read_report
from mnist_core.processes import Tell

MODULE = "mnist_core.probing.helper.process"

LOOK_SECONDS = 0.1
"""How often it is looked whether a question was cancelled."""

CANCEL_SECONDS = 2.0
"""A question that has not given up this long after it was cancelled is ended with its process."""

MAX_DEATHS = 2
"""A question during which so many processes have died is given up."""

MAX_STARTS = 4
"""Processes that die before they have come to the question are replaced so many times."""

Report = dict[str, Any]


class HelperDied(Exception):
    """The process ended before it answered; `had_begun` is whether it was working on this question."""

    def __init__(self, code: int | None, *, had_begun: bool) -> None:
        super().__init__(code)
        self.code, self.had_begun = code, had_begun


class Helper:
    """A helper process that is there whenever something is asked. Threads may ask at the same time."""

    def __init__(self, module: str = MODULE) -> None:
        self._module = module
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._line: _Line | None = None

    @property
    def pid(self) -> int | None:
        """Of the living process; None without one."""
        with self._lock:
            return self._line.pid if self._line is not None and not self._line.is_dead else None

    def ask(
        self, what: What, name: str, folder: Path, asked: Any, *, tell: Tell, is_cancelled: Callable[[], bool]
    ) -> str | None:
        """The answer, `packed`; None for what has none. Waits while the helper answers others.

        If the process dies in the middle, the next one is asked once again.

        Args:
            tell: called with the share that is done, from 0 to 1, and a note.
            is_cancelled: called a few times a second; once true, the question is given up.

        Raises:
            RunError: it failed, or was cancelled, or too many processes died.
        """
        starts = deaths = 0
        while True:
            request = Request(
                number=next(self._numbers), what=what, name=name, folder=str(folder.absolute()), asked=asked
            )
            starts += 1
            try:
                return self._living().ask(request, tell, is_cancelled)
            except HelperDied as death:
                deaths += death.had_begun
                if deaths >= MAX_DEATHS or starts >= MAX_STARTS:
                    raise RunError(
                        f"The process that works on this ended {starts} times (code {death.code}), perhaps because "
                        "memory ran out. Close other programs and try again."
                    ) from None
            except OSError as error:
                raise RunError(f"The process for this cannot be started: {error.strerror or error}.") from error

    def warm(self) -> None:
        """Start the process and have it load TensorFlow, unless it has done so; returns when it is ready.

        Raises:
            RunError: TensorFlow cannot be loaded.
        """
        self.ask(What.WARM, "", Path(), None, tell=lambda share, note: None, is_cancelled=lambda: False)

    def close(self) -> None:
        """End the process; the next question starts another one."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.end()

    def _living(self) -> _Line:
        with self._lock:
            line = self._line
            if line is not None and not line.is_dead and line.data == data_folder():
                return line
            if line is not None and not line.is_dead:
                line.end()  # it was told another folder of data sets
            self._line = _Line(self._module)
            return self._line


@cache
def helper() -> Helper:
    """The helper of this process."""
    return Helper()


def follow(name: str, folder: Path, *arguments: str, tell: Tell, is_cancelled: Callable[[], bool]) -> None:
    """Have the helper do a job, wait until it ends, and pass on its progress.

    Args:
        folder: the run directory.
        is_cancelled: called a few times a second; once true, the job is given up.

    Raises:
        RunError: the job failed, or was cancelled.
    """
    helper().ask(What.JOB, name, folder, list(arguments), tell=tell, is_cancelled=is_cancelled)


class _Line:
    """The conversation with one process, from its start to its end."""

    def __init__(self, module: str) -> None:
        self.data = data_folder()
        self.is_dead = False
        self._process = processes.converse(module, variables=few_threads())
        self._waiting: dict[int, SimpleQueue[Report | None]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, name="listens to the helper", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Request, tell: Tell, is_cancelled: Callable[[], bool]) -> str | None:
        reports: SimpleQueue[Report | None] = SimpleQueue()
        with self._lock:
            if self.is_dead:
                raise HelperDied(self._process.returncode, had_begun=False)
            self._waiting[request.number] = reports
        self._send(request)
        try:
            return self._follow(request.number, reports, tell, is_cancelled)
        finally:
            with self._lock:
                self._waiting.pop(request.number, None)

    def end(self) -> None:
        """End the process; who waits for it learns that it has died."""
        processes.end(self._process)

    def _follow(
        self, number: int, reports: SimpleQueue[Report | None], tell: Tell, is_cancelled: Callable[[], bool]
    ) -> str | None:
        had_begun = False
        while not is_cancelled():
            try:
                said = reports.get(timeout=LOOK_SECONDS)
            except Empty:
                continue
            if said is None:
                raise HelperDied(self._process.returncode, had_begun=had_begun)
            match Event(said["event"]):
                case Event.BEGUN:
                    had_begun = True
                case Event.PROGRESS:
                    self._pass_on(number, said, tell)
                case Event.DONE:
                    return None if said.get("answer") is None else str(said["answer"])
                case Event.FAILED:
                    raise RunError(str(said.get("problem")))
        self._cancel(number, reports, had_begun=had_begun)
        raise RunError("The job was cancelled.")

    def _pass_on(self, number: int, said: Report, tell: Tell) -> None:
        try:
            tell(float(said["share"]), str(said["note"]))
        except BaseException:
            self._send(Request(number=number, what=What.CANCEL))  # nobody is left to take its answer
            raise

    def _cancel(self, number: int, reports: SimpleQueue[Report | None], *, had_begun: bool) -> None:
        """Have the question given up; if the process is busy with it and does not, the process is ended."""
        self._send(Request(number=number, what=What.CANCEL))
        if not had_begun:
            return  # it waits for others, and is dropped when its turn comes
        deadline = time.monotonic() + CANCEL_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            try:
                said = reports.get(timeout=left)
            except Empty:
                break
            if said is None or Event(said["event"]) in (Event.CANCELLED, Event.DONE, Event.FAILED):
                return
        self.end()

    def _send(self, request: Request) -> None:
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(request.line())
                self._process.stdin.flush()
        except (OSError, ValueError):
            pass  # it has died: `_listen` tells who waits

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            said = read_report(line)
            with self._lock:
                reports = None if said is None else self._waiting.get(said["number"])
            if reports is not None:
                reports.put(said)
        self._process.wait()
        with self._lock:
            self.is_dead = True
            for stream in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    assert stream is not None
                    stream.close()
            for reports in self._waiting.values():
                reports.put(None)


def few_threads() -> dict[str, str]:
    """Environment variables of the process: few threads, so that a training keeps most of the processor."""
    threads = str(max(1, min(4, (os.cpu_count() or 1) // 2)))
    return {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": threads,
    }
