"""Makes a run of a capsule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mnist_core.export.capsule.reading import read_capsule
from mnist_core.export.incoming.storing import store_imported
from mnist_core.runs.record import FOREIGN
from mnist_core.runs.store import RunStore


def import_capsule(store: RunStore, path: Path, title: str = "", *, name: str = "") -> str:
    """Store the run in a capsule, under a new id, which is returned; with another name if one is given.

    Raises:
        IncomingError: the capsule is not accepted.
        RunError: the folder of runs cannot be written.
    """
    capsule = read_capsule(path, title)
    source = {"kind": "capsule", "run_id": capsule.run.run_id}
    if capsule.run.is_foreign:
        source["of"] = FOREIGN
    return store_imported(
        store,
        replace(capsule.run, name=name or capsule.run.name),
        weights=capsule.weights,
        source=source,
        history=capsule.history,
        test=capsule.test,
        validation=capsule.validation,
    )
