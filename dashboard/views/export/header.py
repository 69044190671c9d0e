"""The context of the page Export, and the run that it exports."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.shared.context.bar import Uses, render_context_bar
from dashboard.shared.empty_state import render_empty_state, render_no_runs
from dashboard.state.current import current
from dashboard.views.export.choices import ExportView, export
from mnist_core.runs.record import RunRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """A run with weights that is not trained any more, and the one that it is compared with, if any."""

    run: RunRecord
    compared: RunRecord | None


def render_header() -> Exported | None:
    """The run to export, or None after a message that says why there is none; Import needs none."""
    context = render_context_bar("Export", Uses(compared=export.view is ExportView.REPORT))
    if export.view is ExportView.IMPORT:
        return None
    run = context.run
    if run is None:
        if current.run is None:
            render_no_runs()
        return None
    if run.status.is_active:
        text = "A run can be exported when its training has ended. Wait for it, or stop it."
        render_empty_state("Still training", text, page="train", link="Watch it train", icon="hourglass_empty")
        return None
    if run.best_epoch is None:
        text = "This run has no stored weights: no epoch was finished. Resume it, or choose another run."
        render_empty_state("Nothing to export", text, page="train", link="Open the run")
        return None
    return Exported(run=run, compared=context.compared)
