"""Makes a capsule of a run."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import mnist_core
from mnist_core.data.scaling import Scaler
from mnist_core.export.capsule import contents
from mnist_core.export.capsule.notebook import notebook
from mnist_core.export.exportable import exportable_run, file_stem
from mnist_core.export.output import draft_folder, output_path, publish
from mnist_core.export.script import keras_script
from mnist_core.network.forward import checked_weights
from mnist_core.network.scoring import scaler_of
from mnist_core.processes import Tell
from mnist_core.runs.epoch_weights import epoch_weights_path, kept_epochs
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore
from mnist_core.training.settings import Precision
from mnist_core.training.versions import environment

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""Time of every member: the same run gives the same members."""


def write_capsule(
    store: RunStore,
    run_id: str,
    output: Path,
    *,
    overwrite: bool = False,
    tell: Tell = lambda share, note: None,
) -> Path:
    """Write the capsule of a run; returns its path. Nothing is left behind if that fails.

    Args:
        output: the file, or a folder for a file named after the run.

    Raises:
        RunError: there is no such run, or files of it are damaged.
        ExportError: it still trains or has no weights, or the file cannot be written.
    """
    run = exportable_run(store, run_id)
    suggested = f"{file_stem(run)}{contents.ENDING}"
    path = output_path(output, ending=".zip", suggested=suggested, overwrite=overwrite)
    with draft_folder(path) as folder:
        draft = folder / "capsule.zip"
        digests: dict[str, str] = {}
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _members(store, run):
                tell(min(0.9, len(digests) / 100), name)
                digests[name] = hashlib.sha256(content).hexdigest()
                archive.writestr(zipfile.ZipInfo(name, FIRST_DAY), content, zipfile.ZIP_DEFLATED)
            manifest = zipfile.ZipInfo(contents.MANIFEST, FIRST_DAY)
            archive.writestr(manifest, _json(_manifest(run, digests)), zipfile.ZIP_DEFLATED)
        publish(draft, path, overwrite=overwrite)
    tell(1.0, "")
    return path


def run_code(run: RunRecord) -> str:
    """The experiment of a run as a Keras script."""
    return keras_script(run.config_in_force, precision=run_precision(run), foreign=_foreign_scaler(run))


def run_notebook(run: RunRecord) -> str:
    """The experiment of a run as a notebook."""
    return notebook(run.config_in_force, precision=run_precision(run), foreign=_foreign_scaler(run))


def texts_of(run: RunRecord) -> dict[str, str]:
    """Code and readme of a capsule by their names: they follow from the run, so that they can be checked."""
    sha256 = run.dataset.sha256 if run.dataset else "unknown"
    about = {"title": run.title, "run_id": run.run_id, "dataset": run.config.dataset, "sha256": sha256}
    readme = contents.README_TEXT.format(code=contents.CODE_TEXT[run.is_foreign], **about)
    return {contents.SCRIPT: run_code(run), contents.NOTEBOOK: run_notebook(run), contents.README: readme}


def run_precision(run: RunRecord) -> Precision:
    """The numeric precision that a run was trained in."""
    return Precision(run.precision) if run.precision in set(Precision) else Precision.FLOAT32


def _foreign_scaler(run: RunRecord) -> Scaler | None:
    return scaler_of(run) if run.is_foreign else None


def _members(store: RunStore, run: RunRecord) -> Iterator[tuple[str, bytes]]:
    config = run.config_in_force
    yield contents.RUN, _json(dict(run.document))
    yield contents.CONFIG, _json(config.to_dict())
    yield contents.HISTORY, _json([dataclasses.asdict(metrics) for metrics in store.history(run.run_id)])
    yield contents.WEIGHTS, _npz(checked_weights(run.config.architecture, store.weights(run.run_id)))
    yield from _epoch_weights(store, run)
    yield from _predictions(store, run)
    for name, text in texts_of(run).items():
        yield name, text.encode()


def _epoch_weights(store: RunStore, run: RunRecord) -> Iterator[tuple[str, bytes]]:
    folder = store.folder(run.run_id)
    epochs = spread(kept_epochs(folder), contents.MAX_EPOCHS_OF_WEIGHTS, always=run.best_epoch)
    for epoch in epochs:
        path = epoch_weights_path(folder, epoch)
        yield f"weights/{path.name}", path.read_bytes()


def _predictions(store: RunStore, run: RunRecord) -> Iterator[tuple[str, bytes]]:
    paths = [store.predictions_path(run.run_id, "test")]
    validation = {
        epoch: store.predictions_path(run.run_id, "validation", epoch) for epoch in store.validation_epochs(run.run_id)
    }
    n_bytes = sum(path.stat().st_size for path in validation.values())
    most = min(contents.MAX_EPOCHS, len(validation) * contents.MAX_PREDICTION_BYTES // max(1, n_bytes))
    paths += [validation[epoch] for epoch in spread(tuple(validation), most, always=run.best_epoch)]
    for path in paths:
        if path.is_file():
            yield f"predictions/{path.name}", path.read_bytes()


def spread(epochs: Sequence[int], most: int, *, always: int | None) -> list[int]:
    """All epochs, or of a long run about so many, evenly spread; `always` is among them if it is one of them."""
    if len(epochs) <= most:
        return list(epochs)
    places = np.linspace(0, len(epochs) - 1, max(1, most - 1)).round().astype(int)
    return sorted({epochs[place] for place in places} | {epoch for epoch in epochs if epoch == always})


def _manifest(run: RunRecord, digests: dict[str, str]) -> dict[str, Any]:
    dataset = run.dataset
    trained_with = run.document.get("environment")
    return {
        "schema": contents.SCHEMA,
        "kind": contents.KIND,
        "run_id": run.run_id,
        "made_at": time.time(),
        "written_by": mnist_core.__version__,
        "dataset": {"name": run.config.dataset, "sha256": dataset.sha256 if dataset else ""},
        "environment": trained_with if isinstance(trained_with, dict) else environment(),
        "files": digests,
    }


def _npz(weights: Any) -> bytes:
    buffer = io.BytesIO()
    arrays = {name.replace("/", "|"): np.asarray(value) for name, value in weights.items()}
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, indent=1).encode() + b"\n"
