"""Clears away what closed tabs and killed servers have left on disk."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from functools import cache
from pathlib import Path
from queue import SimpleQueue

from dashboard import settings

logger = logging.getLogger("mnist_studio")

Clear = Callable[[], None]


def sweep() -> None:
    """Delete the drafts of imports that nobody can go on with; called once per server, in the background."""
    threading.Thread(target=_sweep, args=(settings.data_folder(),), daemon=True).start()


def clear_when_gone(owner: object, clear: Clear) -> None:
    """Call `clear` in the background once nobody refers to `owner` any more, such as the state of a closed tab.

    Python notices that in the middle of anything, in a thread that may hold any lock. A `SimpleQueue` takes an item
    even then.
    """
    weakref.finalize(owner, _gone().put, clear).atexit = False  # what is left then is swept at the next start


def _sweep(folder: Path) -> None:
    from mnist_core.data.imports.drafts import sweep_drafts  # here, so that the server answers first

    try:
        sweep_drafts(folder)
    except OSError as error:
        logger.warning("Drafts of imports cannot be deleted: %s", error)


@cache  # once in the life of a server
def _gone() -> SimpleQueue[Clear]:
    queue: SimpleQueue[Clear] = SimpleQueue()
    threading.Thread(target=_clear_forever, args=(queue,), daemon=True).start()
    return queue


def _clear_forever(queue: SimpleQueue[Clear]) -> None:
    while True:
        clear = queue.get()
        try:
            clear()
        except Exception:
            logger.exception("What a closed tab has left behind cannot be cleared away")
