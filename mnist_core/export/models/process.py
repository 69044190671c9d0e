"""Writes and checks one model file: `python -m mnist_core.export.models.process REQUEST`.

The request is a JSON object with `folder` (of the run), `format`, `has_scaling`, `draft` (the file to write, alone in
its folder) and `path` (what it will be called). Progress and result are JSON objects on standard output, one per line.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_core.data.scaling import Scaling
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import ExportError, MnistCoreError
from mnist_core.export.exportable import dataset_of, exportable_run, images_of, stored_predictions
from mnist_core.export.output import cannot_write, is_full
from mnist_core.models.loading import load_keras
from mnist_core.network.digest import weights_sha256
from mnist_core.network.forward import checked_weights
from mnist_core.network.scoring import scaler_of
from mnist_core.processes import end_without_parent, lower_priority
from mnist_core.runs.store import RunStore

BAD_INPUT = 2
N_SAMPLES = 300
"""Training digits that show the ranges of values for the rounding to 8 bits."""

WROTE, LOADED = 0.6, 0.7
"""Shares of the work."""

Say = Callable[..., None]


def main(arguments: list[str]) -> int:
    """Do what is requested; returns the exit code."""
    request = json.loads(arguments[0])
    draft = Path(request["draft"])
    say = _conversation()
    lower_priority()
    end_without_parent(lambda: shutil.rmtree(draft.parent, ignore_errors=True))
    try:
        say(result=export(Path(request["folder"]), request["format"], draft, request["has_scaling"], say))
    except MnistCoreError as error:
        say(problem=str(error))
    except MemoryError:
        say(problem="There is not enough memory for this. Close other programs and try again.")
    except Exception as error:
        traceback.print_exc()
        say(problem=_in_words(error, Path(request["path"])))
    else:
        return 0
    return BAD_INPUT


def export(folder: Path, name: str, draft: Path, has_scaling: bool, say: Say) -> dict[str, Any]:
    """Write the file, load it again, compare; returns what is known about it.

    Raises:
        ExportError: the run cannot be exported, or the file answers with something else than probabilities.
        RunError: its weights are damaged.
        DatasetError: its data set is not on this machine.
    """
    store = RunStore(folder.parent)
    run = exportable_run(store, folder.name)
    split, stored = stored_predictions(store, run)
    dataset, scaler = dataset_of(run), scaler_of(run)
    weights = checked_weights(run.config.architecture, store.weights(run.run_id))
    if name == "tflite-int8" and has_scaling and scaler.kind is Scaling.L2_ROWS:
        raise ExportError("The scaling of this run cannot be computed with 8 bits. Export it with scaled inputs.")
    say(share=0.02, note="loading TensorFlow")
    load_keras()
    from mnist_core.export.models.checking import check, compared_positions, model_inputs
    from mnist_core.export.models.runtimes import RUNTIMES
    from mnist_core.export.models.scaling_layers import model_of
    from mnist_core.export.models.writers import CONVERTED, WRITERS

    say(share=0.4, note="writing the file")
    has_scaling = has_scaling and name != "weights"
    rows, _ = stratified_parts(dataset.train.labels, min(N_SAMPLES, len(dataset.train)), seed=0)
    samples = dataset.train.images[rows]
    model = model_of(run.config.architecture, weights, scaler, has_scaling=has_scaling, is_converted=name in CONVERTED)
    WRITERS[name](model, draft, model_inputs(samples, scaler, has_scaling=has_scaling))
    say(share=WROTE, note="loading it again")
    loaded = RUNTIMES[name](draft, run.config.architecture)
    chosen = stored.take(compared_positions(stored))
    images = images_of(dataset, split).images[chosen.index]
    checked = check(
        loaded,
        model_inputs(images, scaler, has_scaling=has_scaling),
        chosen,
        split=split,
        n_bytes=draft.stat().st_size,
        has_scaling=has_scaling,
        tell=lambda share: say(share=LOADED + (1 - LOADED) * share, note="comparing its answers"),
    )
    if checked.largest_difference >= 1:
        raise ExportError("The exported file does not answer with probabilities, so it is not kept.")
    return {"weights_sha256": weights_sha256(weights), "checked": asdict(checked)}


def _conversation() -> Say:
    """What prints a line for the parent; everything that libraries print goes to standard error."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(**told: Any) -> None:
        print(json.dumps(told, allow_nan=False), file=output, flush=True)

    return say


def _in_words(error: Exception, path: Path) -> str:
    """A sentence for what a library raised: TensorFlow has its own errors for a full disk."""
    is_about_space = "No space left" in str(error) or "File too large" in str(error) or is_full(path.parent)
    if isinstance(error, OSError) or is_about_space:
        number = errno.ENOSPC if is_about_space else getattr(error, "errno", 0) or 0
        return str(cannot_write(path, OSError(number, str(error))))
    return f"The network cannot be written in this format ({type(error).__name__}). Try another format."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
