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
    is_class = settings.class_folder() is not None
    threading.Thread(target=_dispatch_forever, args=(settings.machine_folder(), is_class), daemon=True).start()


def _dispatch_forever(folder: Path, is_class: bool) -> None:
    time.sleep(QUEUE_SECONDS)  # so that the first page is served first
    from mnist_core.jobs.executors import LOCAL, chosen_executor
    from mnist_core.jobs.queue import dispatch
    from mnist_core.jobs.sharing import stores_in
    from mnist_core.runs.store import RunStore

    own = (RunStore(folder),)
    while True:
        executor = chosen_executor()
        try:
            for store in (stores_in(folder) if is_class else own)[:1]:  # the others share its queue
                dispatch(store, executor)
        except (OSError, MnistCoreError) as error:
            logger.warning("The queue of runs cannot be read: %s", error)
        time.sleep(QUEUE_SECONDS if executor is LOCAL else CLUSTER_SECONDS)
