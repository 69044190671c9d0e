"""Work that takes longer than a click may: done in a thread, watched by every tab that needs its result."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from mnist_core.errors import MnistCoreError

logger = logging.getLogger("mnist_studio")

MAX_KEPT = 12
"""Finished jobs whose results are kept; the oldest are forgotten first."""


class Job:
    """One piece of work and what became of it.

    Attributes:
        share: how much is done, from 0 to 1, or None if nobody can say.
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
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def is_running(self) -> bool:
        return not self._ended.is_set()

    @property
    def is_done(self) -> bool:
        """Whether `result` is there."""
        return self._ended.is_set() and self.problem is None

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end early; it ends when it next looks."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def tell(self, share: float | None, note: str = "") -> None:
        """Progress, as the work reports it."""
        self.share = None if share is None else min(1.0, max(0.0, share))
        self.note = note

    def wait(self, seconds: float) -> None:
        """Until it has ended, but no longer than that: what is quick need not show its progress."""
        self._ended.wait(seconds)

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except MnistCoreError as error:
            self.problem = str(error)
        except Exception:
            logger.exception("A job in the background failed")
            self.problem = "This did not work, and the reason is not one we know. The server's log tells more."
        finally:
            del self._work  # and all it holds on to, such as an upload
            self._ended.set()


class Jobs:
    """The jobs of one server by their keys; a job asked for twice runs once."""

    def __init__(self) -> None:
        self._jobs: dict[Hashable, Job] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Job | None:
        """The job of that key, running or ended; None if there is none."""
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is not None:
                self._jobs[key] = job  # now the youngest
            return job

    def start(self, key: Hashable, work: Callable[[Job], Any]) -> Job:
        """The job of that key; `work` is begun if there is none, and is given the job to report to."""
        with self._lock:
            job = self._jobs.pop(key, None)
            if job is None:
                job = Job(work)
                job.start()
            self._jobs[key] = job  # now the youngest
            self._forget_oldest()
        return job

    def forget(self, key: Hashable) -> None:
        """Let the job be started anew; if it is running, it is asked to end."""
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
    """The work going on in the background of this server, and its results."""
    return Jobs()
