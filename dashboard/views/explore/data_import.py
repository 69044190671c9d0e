"""A person's own images as a data set: pick the files, name the set, import."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import cached
from dashboard.server.background import Job, jobs
from dashboard.shared.job_progress import render_job
from dashboard.state.session import per_tab
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ABOUT_SHOWN_IMAGES, ExploreChoices, explore
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.imports.importing import TEST_FRACTION, Imported, Labelling, import_dataset
from mnist_core.data.imports.store import check_name
from mnist_core.data.imports.uploads import Upload
from mnist_core.errors import DatasetError

FORMS = """
- **npz**: arrays `x_train`, `y_train`, `x_test`, `y_test`, or one pair of images and labels
- **CSV**: a label and 784 pixels a line, with or without a header, as Kaggle has it
- **IDX**: images and labels (two files), or training and test (four), gzip-compressed or not
- **zip**: PNG, JPEG or BMP pictures in folders called 0 to 9, one folder a label
"""


def render_import() -> None:
    """The form, and what became of the last import of this tab."""
    st.subheader("Import your own", anchor=False, help="Ten classes, labels 0 to 9. Images become 28 x 28 grey pixels.")
    _render_last()
    left, right = st.columns(2, gap="large")
    with left:
        files = st.file_uploader(
            "Files",
            accept_multiple_files=True,
            key=f"explore.upload.{_round()}",
            help="What kind of file it is, its content tells. Nothing is kept unless all of it can be read.",
        )
        with st.expander("What can be imported"):
            st.markdown(FORMS)
    with right:
        labelling, fraction = _render_labelling(files)
        if st.button(
            "Import", type="primary", icon=":material/upload:", disabled=not files, key="explore.import",
            help="Reads the files and keeps them as a data set on this machine." if files else "Pick files first.",
        ):  # fmt: skip
            _start(files, labelling, fraction)


def _render_labelling(files: list[UploadedFile]) -> tuple[Labelling, float]:
    name = st.text_input(
        "Name",
        placeholder=_suggested(files),
        key=f"explore.import_name.{_round()}",
        max_chars=40,
        help="What commands call it: small letters, digits, - and _.",
    )
    with st.container(horizontal=True):
        title = st.text_input("Title", key="explore.import_title", max_chars=80, help="What people call it; optional.")
        licence = st.text_input(
            "Licence", key="explore.import_licence", max_chars=80, help="On what terms it may be used; optional."
        )
    source = st.text_input("Source", key="explore.import_source", max_chars=80, help="Where it comes from; optional.")
    fraction = st.slider(
        "Share to test",
        0.05,
        0.5,
        TEST_FRACTION,
        0.05,
        key="explore.import_fraction",
        help="Set apart as the test split if the files do not say which images are for testing.",
    )
    return Labelling(name=name or _suggested(files), title=title, source=source, licence=licence), fraction


def _suggested(files: list[UploadedFile]) -> str:
    """A name made from that of the first file."""
    stem = re.sub(r"[^a-z0-9_-]+", "-", (files[0].name if files else "").lower().split(".")[0]).strip("-_")
    return stem[:40] or "my-digits"


def _start(files: list[UploadedFile], labelling: Labelling, fraction: float) -> None:
    try:
        check_name(labelling.name)
    except DatasetError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return
    uploads = [Upload(name=file.name, data=file.getvalue()) for file in files]

    def work(job: Job) -> Imported:
        job.tell(None, "reading the files")
        imported = import_dataset(uploads, labelling, test_fraction=fraction)
        cached.forget_datasets()
        return imported

    key = ("import", labelling.name)
    jobs().forget(key)
    jobs().start(key, work).wait(0.3)
    _tab()["key"] = key
    st.rerun()


def _render_last() -> None:
    key = _tab().get("key")
    job = jobs().get(key) if key else None
    if key is None or job is None:
        return
    if render_job(key, title=f"Importing {key[1]}", name="explore.importing", can_repeat=False):
        return
    made: Imported = job.result
    notes = " ".join(escape_markdown(note) for note in made.notes)
    st.success(
        f"**{made.name}** is there: {made.train_images:,} images to train, {made.test_images:,} to test. {notes}",
        icon=":material/check_circle:",
    )
    st.button("Explore it", key="explore.open_import", on_click=_open, args=(made.name,), icon=":material/grid_view:")
    _tab()["round"] = _round() if _tab().get("done") == key else _round() + 1  # an empty box for the next files
    _tab()["done"] = key


def _open(name: str) -> None:
    reset(ExploreChoices.view, *ABOUT_SHOWN_IMAGES)
    explore.data = name
    _tab().clear()


def _round() -> int:
    number: int = _tab().get("round", 0)
    return number


def _tab() -> dict[str, Any]:
    """What this tab knows of its import: the key of the job, how many there were, the last one that is done."""
    return per_tab("explore.import", dict[str, Any])
