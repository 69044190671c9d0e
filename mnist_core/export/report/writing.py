"""Writes the report of a run, or of two compared."""

from __future__ import annotations

from pathlib import Path

from mnist_core.export.exportable import file_stem
from mnist_core.export.output import output_path, publish_text
from mnist_core.export.report.facts import facts_of
from mnist_core.export.report.page import report_html
from mnist_core.runs.record import RunRecord
from mnist_core.runs.store import RunStore

ENDING = ".html"


def run_report(store: RunStore, run_id: str, compared: str | None = None) -> str:
    """The HTML of the report.

    Raises:
        RunError: there is no such run, or files of it are damaged.
        ExportError: a run still trains, has no weights or no predictions.
    """
    return report_html([facts_of(store, name) for name in (run_id, *([compared] if compared else []))])


def report_name(run: RunRecord, compared: RunRecord | None = None) -> str:
    """The file name of a report."""
    return f"{file_stem(run)}{f'-and-{file_stem(compared)}' if compared else ''}-report{ENDING}"


def write_report(
    store: RunStore, run_id: str, output: Path, *, compared: str | None = None, overwrite: bool = False
) -> Path:
    """Write the report; returns its path.

    Raises:
        As `run_report`; ExportError also if the file cannot be written.
    """
    content = run_report(store, run_id, compared)
    suggested = report_name(store.get(run_id), store.get(compared) if compared else None)
    path = output_path(output, ending=ENDING, suggested=suggested, overwrite=overwrite)
    publish_text(path, content, overwrite=overwrite)
    return path
