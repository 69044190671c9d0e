"""What the helper process does for a run, as background jobs of this server."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from dashboard import cached
from dashboard.server.background import Job, jobs
from mnist_core.probing.helper.answers import ask
from mnist_core.probing.helper.client import follow
from mnist_core.probing.helper.messages import Answer, What
from mnist_core.runs.record import RunRecord

T = TypeVar("T")


def analysing(run: RunRecord, name: str, *arguments: str) -> Callable[[Job], None]:
    """The work of a job: a long analysis, which is stored with the run; `name` is one of `run_job.JOBS`."""
    folder = cached.run_store().folder(run.run_id)
    return lambda job: follow(name, folder, *arguments, tell=job.tell, is_cancelled=job.is_cancelled)


def start_analysis(key: Hashable, run: RunRecord, name: str, *arguments: str) -> None:
    """Start a long analysis, anew if a job of that key has ended."""
    work = analysing(run, name, *arguments)
    jobs().forget(key)
    jobs().start(key, work)


def asking(
    run: RunRecord, name: str, asked: Mapping[str, Any], read: Callable[[Answer], T], *, what: What = What.QUESTION
) -> Callable[[Job], T]:
    """The work of a job: a question about the best checkpoint of a run, with the answer as its result.

    Args:
        name, asked, read: as in `mnist_core.probing.helper.answers.ask`.
    """
    store = cached.run_store()
    return lambda job: ask(
        store, run.run_id, name, asked, read, what=what, tell=job.tell, is_cancelled=job.is_cancelled
    )
