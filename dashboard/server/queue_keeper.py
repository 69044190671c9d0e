"""Starts queued runs for as long as the server runs."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from dashboard import settings
from mnist_core.errors import MnistCoreError

QUEUE_SECONDS = 3.0
CLUSTER_SECONDS = 1.0
"""A worker on a cluster does not start the next run itself when it ends."""

logger = logging.getLogger("mnist_studio")


def keep_queue_moving() -> None:
    """Start queued runs whenever there is a free place, whether a page is open or not; called once per server.

    A worker starts the next run when it ends; one that was killed cannot.
    """
    threading.Thread(target=_dispatch_forever, args=(settings.runs_folder(),), daemon=True).start()


def _dispatch_forever(folder: Path) -> None:
    time.sleep(QUEUE_SECONDS)  # so that the first page is served first
    from mnist_core.jobs.executors import LOCAL, chosen_executor
    from mnist_core.jobs.queue import dispatch
    from mnist_core.runs.store import RunStore

    store = RunStore(folder)
    while True:
        executor = chosen_executor()
        try:
            dispatch(store, executor)
        except (OSError, MnistCoreError) as error:
            logger.warning("The queue of runs cannot be read: %s", error)
        time.sleep(QUEUE_SECONDS if executor is LOCAL else CLUSTER_SECONDS)
