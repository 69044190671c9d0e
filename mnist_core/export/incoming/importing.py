"""Imports a file from elsewhere as a run, by a process of its own with limited memory and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from mnist_core import processes
from mnist_core.data.imports.files.uploads import short_name
from mnist_core.data.sources.catalogue import default_dataset_name
from mnist_core.errors import IncomingError
from mnist_core.export.incoming.imported import AUTO, Imported
from mnist_core.probing.helper.client import few_threads
from mnist_core.processes import Tell
from mnist_core.runs.record import MAX_NAME, readable
from mnist_core.runs.store import RunStore
from mnist_core.training.config import ExperimentConfig

PROGRAM = "mnist_core.export.incoming.process"
MAX_SECONDS = 900.0


def import_file(
    store: RunStore,
    file: Path,
    *,
    title: str = "",
    name: str = "",
    dataset: str | None = None,
    pixels: str = AUTO,
    config: ExperimentConfig | None = None,
    tell: Tell = lambda share, note: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Imported:
    """Store what is in a file as a run: a capsule as it was, a Keras model or weights scored on a data set.

    Args:
        title: the file's name in messages; by default its own.
        name: of the run; by default that in the file, or the file's.
        dataset: to score a model on; the default one if None.
        pixels: how a model expects pixels to be scaled, if it does not do that itself.
        config: the network that weights belong to.
        is_cancelled: called a few times a second; once true, the import is given up.

    Raises:
        IncomingError: the file is not accepted, or the import was cancelled or took too long.
    """
    shown = short_name(title or file.name)
    request = {
        "root": str(store.root),
        "file": str(file.absolute()),
        "title": shown,
        "name": readable(name, MAX_NAME),
        "dataset": dataset or default_dataset_name(),
        "pixels": pixels,
        "config": None if config is None else config.to_dict(),
    }
    deadline = time.monotonic() + MAX_SECONDS
    said, ended = processes.ask(
        PROGRAM,
        request,
        tell=tell,
        is_cancelled=lambda: is_cancelled() or time.monotonic() > deadline,
        variables=few_threads(),
    )
    if "result" in said:
        result = said["result"]
        store.index.note(result["run_id"])
        return Imported(run_id=result["run_id"], notes=tuple(result["notes"]))
    if is_cancelled():
        raise IncomingError("The import was cancelled.")
    if ended.is_cancelled:
        raise IncomingError(f"Reading {shown} took more than {MAX_SECONDS:.0f} seconds: refused.")
    problem = f"{shown} could not be read: the process that read it ended with code {ended.code}. It may be damaged."
    raise IncomingError(said.get("problem", problem))
