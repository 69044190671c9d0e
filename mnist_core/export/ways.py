"""Writes a run in any format: the one call behind the command line and the Python interface."""

from __future__ import annotations

from pathlib import Path

from mnist_core.export.capsule.writing import write_capsule
from mnist_core.export.code import write_code
from mnist_core.export.formats import Kind, format_named
from mnist_core.export.models.exporting import export_model
from mnist_core.export.report.writing import write_report
from mnist_core.export.tracking.exporting import export_tracking
from mnist_core.processes import Tell
from mnist_core.runs.store import RunStore


def write(
    store: RunStore,
    run_id: str,
    name: str,
    output: Path,
    *,
    overwrite: bool = False,
    compared: str | None = None,
    has_scaling: bool = True,
    tell: Tell = lambda share, note: None,
) -> Path:
    """Write a run in the format called `name`; returns the path of the file, or of the folder for other tools.

    Args:
        output: the file, or a folder for a file named after the run; for other tools, their folder.
        compared: a second run, for a report.
        has_scaling: for a model: whether it takes pixels, not scaled inputs.

    Raises:
        ConfigError: there is no such format.
        RunError: there is no such run, or files of it are damaged.
        ExportError: the run cannot be exported, or the file cannot be written.
    """
    match format_named(name).kind:
        case Kind.MODEL:
            exported = export_model(
                store, run_id, name, output, has_scaling=has_scaling, overwrite=overwrite, tell=tell
            )
            return Path(exported.path)
        case Kind.RUN:
            return write_capsule(store, run_id, output, overwrite=overwrite, tell=tell)
        case Kind.DOCUMENT:
            return write_report(store, run_id, output, compared=compared, overwrite=overwrite)
        case Kind.CODE:
            return write_code(store, run_id, name, output, overwrite=overwrite)
        case Kind.TRACKING:
            return export_tracking(store, run_id, name, output, overwrite=overwrite, tell=tell)
