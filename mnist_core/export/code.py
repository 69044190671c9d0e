"""The experiment of a run as code: a Keras script or a notebook."""

from __future__ import annotations

from pathlib import Path

from mnist_core.export.capsule.writing import run_code, run_notebook
from mnist_core.export.exportable import file_stem
from mnist_core.export.formats import format_named
from mnist_core.export.output import output_path, publish_text
from mnist_core.runs.store import RunStore


def write_code(store: RunStore, run_id: str, name: str, output: Path, *, overwrite: bool = False) -> Path:
    """Write the script or the notebook of a run; returns its path. A run needs no weights for it.

    Raises:
        RunError: there is no such run.
        ConfigError: its network cannot be built.
        ExportError: the file cannot be written.
    """
    run, wanted = store.get(run_id), format_named(name)
    content = run_code(run) if name == "script" else run_notebook(run)
    path = output_path(output, ending=wanted.ending, suggested=f"{file_stem(run)}{wanted.ending}", overwrite=overwrite)
    publish_text(path, content, overwrite=overwrite)
    return path
