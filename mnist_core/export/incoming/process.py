"""Reads a file from elsewhere with little memory: `python -m mnist_core.export.incoming.process REQUEST`.

The request is a JSON object with the arguments of `importing.import_file`. Progress and result are JSON objects on
standard output, one per line.
"""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_core.errors import IncomingError, MnistCoreError
from mnist_core.processes import end_without_parent, limit_memory, lower_priority
from mnist_core.runs.store import RunStore

BAD_INPUT = 2
MAX_MEMORY_BYTES = 1_200_000_000
"""Of this process: the largest network with its weights three times, a data set, and the libraries."""


def main(arguments: list[str]) -> int:
    """Do what is requested; returns the exit code."""
    request = json.loads(arguments[0])
    lower_priority()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(BAD_INPUT))  # so that a run that is half stored is removed
    end_without_parent()
    limit_memory(MAX_MEMORY_BYTES)
    try:
        _say(result=_import(request))
    except MnistCoreError as error:
        _say(problem=str(error))
    except MemoryError:
        _say(problem=f"Reading {request['title']} needs more than {MAX_MEMORY_BYTES:,} bytes of memory: refused.")
    except OSError as error:
        _say(problem=f"{request['title']} cannot be read: {error.strerror or 'the file is damaged'}.")
    else:
        return 0
    return BAD_INPUT


def _import(request: dict[str, Any]) -> dict[str, Any]:
    from mnist_core.data.sources.catalogue import load_dataset
    from mnist_core.export.capsule.importing import import_capsule
    from mnist_core.export.incoming.foreign_model import import_model, import_weights
    from mnist_core.export.incoming.hdf5 import check_form
    from mnist_core.export.incoming.kinds import FileKind, kind_of_file
    from mnist_core.training.config import ExperimentConfig

    store, path, title = RunStore(Path(request["root"])), Path(request["file"]), request["title"]
    kind = kind_of_file(path, title)
    if kind is FileKind.CAPSULE:
        notes: list[str] = []
        return {"run_id": import_capsule(store, path, title, name=request["name"], hear=notes.append), "notes": notes}
    options: dict[str, Any] = {"name": request["name"], "pixels": request["pixels"]}
    options["tell"] = lambda share, note: _say(share=share, note=note)
    if kind is FileKind.WEIGHTS:
        check_form(path, title)
        if request["config"] is None:
            raise IncomingError(f"{title} holds weights alone. Choose the network that they belong to.")
    dataset = load_dataset(request["dataset"])
    if kind is FileKind.MODEL:
        return asdict(import_model(store, path, title, dataset, **options))
    config = ExperimentConfig.from_dict(request["config"])
    return asdict(import_weights(store, path, title, dataset, config=config, **options))


def _say(**told: Any) -> None:
    print(json.dumps(told, allow_nan=False), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
