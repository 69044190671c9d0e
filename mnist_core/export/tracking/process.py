"""Writes a run for TensorBoard or MLflow: `python -m mnist_core.export.tracking.process REQUEST`.

The request is a JSON object with `folder` (of the run), `format`, `draft` (the folder or the copy of the store to write
into, alone in its folder) and `path` (what it will be called); for MLflow also `artifacts` and `overwrite`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mnist_core.export.own_process import Request, Say, serve
from mnist_core.export.report.facts import facts_of
from mnist_core.export.tracking.tracked import tracked_of
from mnist_core.models.loading import load_keras
from mnist_core.runs.store import RunStore


def main(arguments: list[str]) -> int:
    """Do what is requested; returns the exit code."""
    return serve(arguments, _write)


def _write(request: Request, say: Say) -> dict[str, Any]:
    folder, draft = Path(request["folder"]), Path(request["draft"])
    store = RunStore(folder.parent)
    told = tracked_of(store, facts_of(store, folder.name))
    if request["format"] == "tensorboard":
        load_keras()  # TensorFlow imports Keras, and would import it with packages that are not needed
        from mnist_core.export.tracking.event_files import write_event_files

        write_event_files(told, draft)
        return {}
    from mnist_core.export.tracking.mlflow_run import write_mlflow_run

    place = write_mlflow_run(told, draft, Path(request["artifacts"]), overwrite=request["overwrite"])
    return {"artifacts": place}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
