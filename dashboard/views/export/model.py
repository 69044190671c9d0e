"""The trained network as a file: made in the background, loaded again, compared, and offered with code to use it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import cached
from dashboard.server.background import Job, jobs
from dashboard.shared.job_progress import render_job
from dashboard.shared.linked_choice import linked_toggle
from dashboard.views.export.choices import ExportChoices, export
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.number_table import Column, Number, number_table
from dashboard.widgets.quantities import shown_bytes
from mnist_core.export.formats import FORMATS, MODELS, Format
from mnist_core.export.models.example import DIGITS_FILE, example
from mnist_core.export.models.exported import ExportedModel
from mnist_core.export.models.exporting import keep_model, kept_model, suggested_name
from mnist_core.network.scoring import scaler_of
from mnist_core.runs.record import RunRecord
from mnist_core.shares import shown_share

COLUMNS = (
    Column(title="Format", is_text=True),
    Column(title="Size"),
    Column(title="Time", help="For one digit at a time on this machine, in the program that the format is for."),
    Column(title="Largest difference", help="Of a probability from the one that the run has stored."),
    Column(title="Changed labels", help="Digits with another predicted label than the run has stored."),
    Column(title="Accuracy", help="On the digits that were compared."),
)
NOT_MADE = "–"
ROUNDING = 1e-5
"""A smaller difference of a probability is what float32 rounds, whatever the order of the additions."""


def render_model(run: RunRecord) -> None:
    """The formats with what is known of each, and the chosen one."""
    has_scaling = not linked_toggle(
        "Scaled inputs",
        choice=ExportChoices.scaled,
        help="Off: the file takes pixels from 0 to 255 and scales them itself. On: it takes what the network takes, "
        "and whoever uses it scales the pixels.",
    )
    store = cached.run_store()
    made = {item.name: kept_model(store, run.run_id, item.name, has_scaling=has_scaling) for item in MODELS}
    wanted = _render_table(run, made)
    st.markdown(f"**{wanted.title}**: {wanted.help}")
    exported = made[wanted.name]
    if exported is None:
        _render_offer(run, wanted, has_scaling=has_scaling)
    else:
        _render_file(run, wanted, exported)


def _render_table(run: RunRecord, made: dict[str, ExportedModel | None]) -> Format:
    names = tuple(item.name for item in MODELS)
    chosen = export.format if export.format in names else names[0]
    picked = number_table(
        COLUMNS,
        [_row(FORMATS[name], made[name]) for name in names],
        key="export.formats",
        label="Formats",
        name=f"{run.title} model files",
        selected=(names.index(chosen), 0),
    )
    if picked is not None:
        chosen = export.format = names[picked[0]]
        st.rerun()
    return FORMATS[chosen]


def _row(item: Format, exported: ExportedModel | None) -> list[Number]:
    name = Number(text=item.title, opens=True, note=f"{item.title}: {item.help}")
    if exported is None:
        return [name, *(Number(text=NOT_MADE, note="Not exported yet") for _ in COLUMNS[1:])]
    found = exported.checked
    return [
        name,
        Number(text=shown_bytes(found.n_bytes)),
        Number(text=f"{found.milliseconds_per_digit:.2f} ms", note=found.runtime),
        Number(text=_difference(found.largest_difference)),
        Number(text=f"{found.labels_changed:,} of {found.compared:,}"),
        Number(text=shown_share(found.accuracy), note=f"{shown_share(found.stored_accuracy)} as stored"),
    ]


def _difference(largest: float) -> str:
    return f"below {ROUNDING:.5f}" if largest < ROUNDING else f"{largest:.2g}"


def _render_offer(run: RunRecord, wanted: Format, *, has_scaling: bool) -> None:
    key = _key(run, wanted, has_scaling=has_scaling)
    job = jobs().get(key)
    if job is not None and job.is_done:
        jobs().forget(key)
        st.rerun()
    if render_job(key, title=f"Exporting {wanted.title}", name="export.making", can_cancel=True):
        return
    if wanted.requirements:
        st.caption(f"Needs the packages in `{wanted.requirements}`.")
    st.button(
        "Export",
        type="primary",
        key="export.make",
        icon=":material/deployed_code:",
        on_click=_start,
        args=(run, wanted, has_scaling),
        help="The file is then loaded in its runtime, and its predictions are compared with the stored ones.",
    )


def _key(run: RunRecord, wanted: Format, *, has_scaling: bool) -> tuple[object, ...]:
    return ("export", run.run_id, run.best_epoch, wanted.name, has_scaling)


def _start(run: RunRecord, wanted: Format, has_scaling: bool) -> None:
    store = cached.run_store()

    def work(job: Job) -> ExportedModel:
        return keep_model(
            store, run.run_id, wanted.name, has_scaling=has_scaling, tell=job.tell, is_cancelled=job.is_cancelled
        )

    key = _key(run, wanted, has_scaling=has_scaling)
    jobs().forget(key)
    jobs().start(key, work)


def _render_file(run: RunRecord, wanted: Format, exported: ExportedModel) -> None:
    found = exported.checked
    file = suggested_name(run, wanted, has_scaling=found.has_scaling)
    changed = "no predicted label changed" if not found.labels_changed else f"{found.labels_changed:,} labels changed"
    st.caption(
        f"Loaded again by {found.runtime} and compared with the stored predictions of {found.compared:,} {found.split} "
        f"digits: {changed}, largest difference of a probability {_difference(found.largest_difference)}."
    )
    if run.precision not in (None, "float32"):
        st.caption("The run was trained in bfloat16, and the file computes in float32: small differences are expected.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"Download {escape_markdown(wanted.ending)}",
            data=lambda: Path(exported.path).read_bytes(),
            file_name=file,
            mime="application/octet-stream",
            key="export.download",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
        )
        st.caption(f"`{file}`, {shown_bytes(found.n_bytes)}")
    st.markdown("**To use it in Python**", help=f"It reads `{DIGITS_FILE}`; write your own digits in its place.")
    code = example(wanted.name, file, run.config.architecture, scaler_of(run), has_scaling=found.has_scaling)
    st.code(code, language="python")
