"""Exports a run for a program that compares trainings, into a folder that may hold other runs already."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mnist_core.errors import ExportError
from mnist_core.export.exportable import exportable_run, file_stem
from mnist_core.export.formats import Format, check_installed, format_named
from mnist_core.export.output import cannot_write, draft_folder, exists, output_folder, publish_folder
from mnist_core.export.own_process import result_of
from mnist_core.export.tracking.attached import attach
from mnist_core.export.tracking.mlflow_store import STORE, store_copy
from mnist_core.processes import Tell
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

PROGRAM = "mnist_core.export.tracking.process"
ARTIFACTS = "artifacts"
ATTACHED = 0.7
"""Share of the work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Export:
    """What is asked for."""

    store: RunStore
    run: RunRecord
    wanted: Format
    overwrite: bool
    tell: Tell
    is_cancelled: Callable[[], bool]

    def attach(self, folder: Path) -> Path:
        """Write the files that go along into a new folder."""
        folder.mkdir()
        attach(self.store, self.run.run_id, folder, tell=self._earlier, is_cancelled=self.is_cancelled)
        return folder

    def write(self, draft: Path, path: Path, **more: Any) -> dict[str, Any]:
        """Have the rest written in the program's own language."""
        self.tell(ATTACHED, f"writing for {self.wanted.title}")
        request = {
            "folder": str(self.store.folder(self.run.run_id)),
            "format": self.wanted.name,
            "draft": str(draft),
            "path": str(path),
            **more,
        }
        return result_of(PROGRAM, request, tell=self.tell, is_cancelled=self.is_cancelled)

    def _earlier(self, share: float, note: str) -> None:
        self.tell(ATTACHED * share, note)


def export_tracking(
    store: RunStore,
    run_id: str,
    name: str,
    output: Path,
    *,
    overwrite: bool = False,
    tell: Tell = lambda share, note: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Add a run to a folder of TensorBoard or MLflow; returns the path of what was added.

    Args:
        name: of the format.
        output: TensorBoard's log folder, or the folder of an MLflow store; it is made if it is not there.
        overwrite: whether the same run, if it is there, is replaced.
        is_cancelled: called a few times a second; once true, the export is given up.

    Raises:
        RunError: there is no such run, or files of it are damaged.
        DatasetError: its data set is not on this machine.
        ExportError: the run cannot be exported, a package is missing, or the folder cannot be written.
    """
    run, wanted = exportable_run(store, run_id), format_named(name)
    check_installed(wanted)
    export = _Export(
        store=store, run=run, wanted=wanted, overwrite=overwrite, tell=tell, is_cancelled=is_cancelled
    )  # fmt: skip
    with output_folder(output) as folder:
        path = _to_tensorboard(export, folder) if name == "tensorboard" else _to_mlflow(export, folder)
    tell(1.0, "")
    return path


def _to_tensorboard(export: _Export, folder: Path) -> Path:
    path = folder / file_stem(export.run)
    if os.path.lexists(path) and not export.overwrite:
        raise exists(path)
    with draft_folder(path) as place:
        draft = export.attach(place / "run")
        export.write(draft, path)
        publish_folder(draft, path, overwrite=export.overwrite)
    return path


def _to_mlflow(export: _Export, folder: Path) -> Path:
    store, artifacts = folder / STORE, folder / ARTIFACTS
    with draft_folder(store) as place, store_copy(store, place) as copy:
        files = export.attach(place / "files")
        copy.take()  # only now, so that there is little time in which another program may write into the store
        written = export.write(copy.path, store, artifacts=str(artifacts), overwrite=export.overwrite)
        path = Path(unquote(urlsplit(written["artifacts"]).path))
        with _placed(files, path, artifacts):
            copy.bring_back()
    return path


@contextlib.contextmanager
def _placed(files: Path, path: Path, artifacts: Path) -> Iterator[None]:
    """The files of a run where its store says they are; gone again if that does not come to know the run."""
    if artifacts not in path.parents:
        raise ExportError(f"MLflow wants the files of the run in {path}. Expected a folder in {artifacts}.")
    try:
        path.parent.mkdir(parents=True)
        publish_folder(files, path, overwrite=False)
        yield
    except BaseException as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        with contextlib.suppress(OSError):
            artifacts.rmdir()
        if isinstance(error, OSError):
            raise cannot_write(path, error) from error
        raise
