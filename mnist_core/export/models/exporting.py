"""Exports a trained network: written, loaded again and compared by a process of its own, then published."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnist_core.errors import ExportError
from mnist_core.export.exportable import exportable_run, file_stem
from mnist_core.export.formats import Format, check_installed, format_named
from mnist_core.export.models.exported import Checked, ExportedModel
from mnist_core.export.output import draft_folder, output_path, publish
from mnist_core.export.own_process import result_of
from mnist_core.files import write_json
from mnist_core.network.digest import best_weights_sha256
from mnist_core.processes import Tell
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

PROGRAM = "mnist_core.export.models.process"
EXPORTS = "exports"
"""The folder of a run that holds what was exported on the page."""


def export_model(
    store: RunStore,
    run_id: str,
    name: str,
    output: Path,
    *,
    has_scaling: bool = True,
    overwrite: bool = False,
    tell: Tell = lambda share, note: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> ExportedModel:
    """Write the network of a run in a format; nothing is left behind if that fails.

    Args:
        name: of the format.
        output: the file, or a folder for a file named after the run.
        has_scaling: whether the model takes pixels from 0 to 255, not scaled inputs. Weights alone have no scaling.
        is_cancelled: called a few times a second; once true, the export is given up.

    Raises:
        RunError: there is no such run, or its weights are damaged.
        DatasetError: its data set is not on this machine.
        ExportError: the run cannot be exported, or the file cannot be written.
    """
    run, wanted = exportable_run(store, run_id), format_named(name)
    check_installed(wanted)
    suggested = suggested_name(run, wanted, has_scaling=has_scaling)
    path = output_path(output, ending=wanted.ending, suggested=suggested, overwrite=overwrite)
    with draft_folder(path) as folder:
        draft = folder / f"model{wanted.ending}"
        request = {
            "folder": str(store.folder(run_id)),
            "format": name,
            "draft": str(draft),
            "path": str(path),
            "has_scaling": has_scaling,
        }
        found = result_of(PROGRAM, request, tell=tell, is_cancelled=is_cancelled)
        publish(draft, path, overwrite=overwrite)
    return ExportedModel(
        path=str(path), format=name, weights_sha256=found["weights_sha256"], checked=Checked(**found["checked"])
    )


def suggested_name(run: RunRecord, wanted: Format, *, has_scaling: bool) -> str:
    """A file name for an exported model: the run, and what is unusual about it."""
    bits = "-int8" if wanted.name == "tflite-int8" else ""
    saved = "-savedmodel" if wanted.name == "savedmodel" else ""
    return f"{file_stem(run)}{saved}{bits}{_scaled(wanted, has_scaling)}{wanted.ending}"


def keep_model(
    store: RunStore, run_id: str, name: str, *, has_scaling: bool, tell: Tell, is_cancelled: Callable[[], bool]
) -> ExportedModel:
    """The same into the run's own folder, for `kept_model` to find.

    Raises:
        As `export_model`.
    """
    path = _kept_path(store, run_id, format_named(name), has_scaling=has_scaling)
    try:
        path.parent.mkdir(exist_ok=True)
        exported = export_model(
            store, run_id, name, path, has_scaling=has_scaling, overwrite=True, tell=tell, is_cancelled=is_cancelled
        )
        write_json(_facts_path(path), exported.to_dict())  # last, so that only complete files are offered
    except OSError as error:
        raise ExportError(f"The file could not be kept with the run: {error.strerror or error}.") from error
    return exported


def kept_model(store: RunStore, run_id: str, name: str, *, has_scaling: bool) -> ExportedModel | None:
    """The file that `keep_model` has made of the present weights; None if there is none.

    Raises:
        RunError: there is no such run, or it has no weights.
    """
    path = _kept_path(store, run_id, format_named(name), has_scaling=has_scaling)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        values: dict[str, Any] = json.loads(_facts_path(path).read_bytes())
        facts = {key: values.pop(key) for key in ("path", "format", "weights_sha256")}
        checked = Checked(**values)
        is_current = facts["weights_sha256"] == best_weights_sha256(store.folder(run_id))
        if is_current and path.stat().st_size == checked.n_bytes:
            return ExportedModel(path=str(path), format=name, weights_sha256=facts["weights_sha256"], checked=checked)
    return None


def _kept_path(store: RunStore, run_id: str, wanted: Format, *, has_scaling: bool) -> Path:
    return store.folder(run_id) / EXPORTS / f"{wanted.name}{_scaled(wanted, has_scaling)}{wanted.ending}"


def _scaled(wanted: Format, has_scaling: bool) -> str:
    return "" if has_scaling or wanted.name == "weights" else "-scaled-inputs"


def _facts_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")
