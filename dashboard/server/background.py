"""Background jobs: work in a thread whose progress and result all tabs share."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from mnist_core.errors import MnistCoreError

logger = logging.getLogger("mnist_studio")

MAX_KEPT = 12
"""Finished jobs whose results are kept; the least recently used are dropped first."""


class Job:
    """One piece of work, with its progress and its result.

    Attributes:
        share: how much is done, from 0 to 1, or None if unknown.
        note: what is being done, in a few words; may be empty.
        result: what the work returned.
        problem: one sentence if it failed.
    """

    def __init__(self, work: Callable[[Job], Any]) -> None:
        self.share: float | None = None
        self.note = ""
        self.result: Any = None
        self.problem: str | None = None
        self._work = work
        self._cancelled, self._ended = threading.Event(), threading.Event()
        whose = contextvars.copy_context()  # in a class, the work is for whoever has asked for it
        self._thread = threading.Thread(target=whose.run, args=(self._run,), daemon=True)

    @property
    def is_running(self) -> bool:
        return not self._ended.is_set()

    @property
    def is_done(self) -> bool:
        """Whether it has ended without a problem, so that `result` is set."""
        return self._ended.is_set() and self.problem is None

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end early; it ends at its next check."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def tell(self, share: float | None, note: str = "") -> None:
        """Report progress; called by the work."""
        self.share = None if share is None else min(1.0, max(0.0, share))
        self.note = note

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most so many seconds: a quick job need not show its progress."""
        self._ended.wait(seconds)

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except MnistCoreError as error:
            self.problem = str(error)
        except Exception:
            logger.exception("A job in the background failed")
            self.problem = "An unexpected error occurred. Details are in the server's log."
        finally:
            del self._work  # frees what it refers to, such as an upload
            self._ended.set()


class Jobs:
    """The jobs of one server by their keys; a job that is requested twice runs once."""

    def __init__(self) -> None:
        self._jobs: dict[Hashable, Job] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Job | None:
        """The job of that key, running or ended; None if there is none."""
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is not None:
                self._jobs[key] = job  # now the most recently used
            return job

    def start(self, key: Hashable, work: Callable[[Job], Any]) -> Job:
        """The job of that key; if there is none, `work` is started, with the job to report to as its argument."""
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is None:
                job = Job(work)
                job.start()
            self._jobs[key] = job  # now the most recently used
            self._forget_oldest()
        return job

    def forget(self, key: Hashable) -> None:
        """Drop the job, so that it can be started again; if it is running, it is cancelled."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.cancel()

    def _forget_oldest(self) -> None:
        ended = [key for key, job in self._jobs.items() if not job.is_running]
        for key in ended[: max(0, len(ended) - MAX_KEPT)]:
            del self._jobs[key]


@cache
def jobs() -> Jobs:
    """The background jobs of this server."""
    return Jobs()
