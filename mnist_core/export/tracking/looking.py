"""How exported runs are shown by the programs that they are for."""

from __future__ import annotations

import shlex
from pathlib import Path

from mnist_core.export.tracking.mlflow_store import STORE


def look(name: str, folder: Path) -> str:
    """The command for a format, which is named like the package that it needs, and the folder of the export."""
    place = shlex.quote(str(folder.expanduser()))
    if name == "tensorboard":
        return f"tensorboard --logdir {place}"
    # From within, since a path may have letters that mean something in an address.
    return f"cd {place} && mlflow ui --backend-store-uri sqlite:///{STORE}"
