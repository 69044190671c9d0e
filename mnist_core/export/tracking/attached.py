"""The files that go along with a run: configuration, model, confusion matrix and report."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from mnist_core.export.capsule.contents import CONFIG
from mnist_core.export.models.exporting import export_model
from mnist_core.export.report.facts import facts_of
from mnist_core.export.report.page import report_html
from mnist_core.export.tracking.tracked import tracked_of
from mnist_core.files import write_json
from mnist_core.processes import Tell
from mnist_core.runs.store import RunStore

MODEL = "model.keras"
MATRIX = "confusion_matrix.csv"
REPORT = "report.html"


def attach(store: RunStore, run_id: str, folder: Path, *, tell: Tell, is_cancelled: Callable[[], bool]) -> None:
    """Write the files into an empty folder.

    Raises:
        DatasetError: the data set is not on this machine; the model is compared on it.
        RunError: there is no such run, or files of it are damaged.
        ExportError: the run cannot be exported, or was cancelled.
        OSError: the folder cannot be written.
    """
    facts = facts_of(store, run_id)
    export_model(store, run_id, "keras", folder / MODEL, tell=tell, is_cancelled=is_cancelled)
    write_json(folder / CONFIG, facts.run.config_in_force.to_dict())
    with (folder / MATRIX).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(tracked_of(store, facts).matrix_rows())
    (folder / REPORT).write_text(report_html([facts]), encoding="utf-8")
