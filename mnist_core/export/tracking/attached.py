"""The files that go along with a run: configuration, model, confusion matrix and report."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

from mnist_core.export.capsule.contents import CONFIG
from mnist_core.export.models.exporting import export_model
from mnist_core.export.report.writing import run_report
from mnist_core.export.tracking.tracked import Tracked
from mnist_core.processes import Tell
from mnist_core.runs.store import RunStore

MODEL = "model.keras"
MATRIX = "confusion_matrix.csv"
REPORT = "report.html"


def attach(store: RunStore, told: Tracked, folder: Path, *, tell: Tell, is_cancelled: Callable[[], bool]) -> None:
    """Write the files into an empty folder.

    Raises:
        DatasetError: the data set is not on this machine; the model is compared on it.
        RunError: files of the run are damaged.
        ExportError: the run cannot be exported, or was cancelled.
        OSError: the folder cannot be written.
    """
    run = told.run
    export_model(store, run.run_id, "keras", folder / MODEL, tell=tell, is_cancelled=is_cancelled)
    (folder / CONFIG).write_text(json.dumps(run.config_in_force.to_dict(), indent=1) + "\n", encoding="utf-8")
    with (folder / MATRIX).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(told.matrix_rows())
    (folder / REPORT).write_text(run_report(store, run.run_id), encoding="utf-8")
