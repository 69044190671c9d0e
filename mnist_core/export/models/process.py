"""Writes and checks one model file: `python -m mnist_core.export.models.process REQUEST`.

The request is a JSON object with `folder` (of the run), `format`, `has_scaling`, `draft` (the file to write, alone in
its folder) and `path` (what it will be called).
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnist_core.data.scaling import Scaling
from mnist_core.data.splitting import stratified_parts
from mnist_core.errors import ExportError
from mnist_core.export.exportable import dataset_of, exportable_run, images_of, stored_predictions
from mnist_core.export.own_process import Request, Say, serve
from mnist_core.models.loading import load_keras
from mnist_core.network.digest import weights_sha256
from mnist_core.network.forward import checked_weights
from mnist_core.network.scoring import scaler_of
from mnist_core.runs.store import RunStore

N_SAMPLES = 300
"""Training digits that show the ranges of values for the rounding to 8 bits."""

WROTE, LOADED = 0.6, 0.7
"""Shares of the work."""


def main(arguments: list[str]) -> int:
    """Do what is requested; returns the exit code."""
    return serve(arguments, _export)


def _export(request: Request, say: Say) -> dict[str, Any]:
    return export(Path(request["folder"]), request["format"], Path(request["draft"]), request["has_scaling"], say)


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


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)  # at once: while TensorFlow shuts down, nobody would remove a draft whose owner is killed
