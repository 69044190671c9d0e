"""Clears away what a server that was killed has left on disk."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from dashboard import settings

logger = logging.getLogger("mnist_studio")


def sweep() -> None:
    """Delete the drafts of imports that nobody can go on with; called once per server, in the background."""
    threading.Thread(target=_sweep, args=(settings.data_folder(),), daemon=True).start()


def _sweep(folder: Path) -> None:
    from mnist_core.data.imports.drafts import sweep_drafts  # here, so that the server answers first

    try:
        sweep_drafts(folder)
    except OSError as error:
        logger.warning("Drafts of imports cannot be deleted: %s", error)
