"""Import of a person's own images as a data set."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import cached
from dashboard.server.background import Job, jobs
from dashboard.shared.dataset_notice import sizes_text
from dashboard.shared.job_progress import render_job
from dashboard.state.session import per_tab
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ABOUT_SHOWN_IMAGES, ExploreChoices, explore
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.imports.drafts import Imported, Labelling
from mnist_core.data.imports.importing import TEST_FRACTION, import_dataset
from mnist_core.data.imports.store import check_name
from mnist_core.data.imports.uploads import Upload
from mnist_core.errors import DatasetError

FORMS = """
- **npz**: arrays `x_train`, `y_train`, `x_test`, `y_test`, or one pair of images and labels
- **CSV**: one image per line, a label and 784 pixel values, with or without a header, as on Kaggle
- **IDX**: images and labels (two files), or both for training and test (four), gzip-compressed or not
- **zip**: PNG, JPEG or BMP images in folders named 0 to 9, one folder per label
"""


def render_import() -> None:
    """The form, and the result of the last import of this tab."""
    st.subheader(
        "Import a data set",
        anchor=False,
        help="Ten classes with the labels 0 to 9. Images are converted to 28 x 28 grey pixels.",
    )
    _render_last()
    left, right = st.columns(2, gap="large")
    with left:
        files = st.file_uploader(
            "Files",
            accept_multiple_files=True,
            key=f"explore.upload.{_round()}",
            help="The format is detected from the content. Nothing is stored unless all files can be read.",
        )
        with st.expander("Supported formats"):
            st.markdown(FORMS)
    with right:
        labelling, fraction = _render_labelling(files)
        if st.button(
            "Import", type="primary", icon=":material/upload:", disabled=not files, key="explore.import",
            help="Read the files and store them as a data set on this machine." if files else "Choose files first.",
        ):  # fmt: skip
            _start(files, labelling, fraction)


def _render_labelling(files: list[UploadedFile]) -> tuple[Labelling, float]:
    name = st.text_input(
        "Name",
        placeholder=_suggested(files),
        key=f"explore.import_name.{_round()}",
        max_chars=40,
        help="Used in links and on the command line: lowercase letters, digits, - and _.",
    )
    with st.container(horizontal=True):
        title = st.text_input("Title", key="explore.import_title", max_chars=80, help="Shown on the pages; optional.")
        licence = st.text_input("Licence", key="explore.import_licence", max_chars=80, help="Terms of use; optional.")
    source = st.text_input("Source", key="explore.import_source", max_chars=80, help="Origin of the images; optional.")
    fraction = st.slider(
        "Test fraction",
        0.05,
        0.5,
        TEST_FRACTION,
        0.05,
        key="explore.import_fraction",
        help="Share of the images that becomes the test split, unless the files have a test split.",
    )
    return Labelling(name=name or _suggested(files), title=title, source=source, licence=licence), fraction


def _suggested(files: list[UploadedFile]) -> str:
    """A name derived from the name of the first file."""
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
        f"**{made.name}** imported: {sizes_text(made.train_images, made.test_images)}. {notes}",
        icon=":material/check_circle:",
    )
    st.button("Explore", key="explore.open_import", on_click=_open, args=(made.name,), icon=":material/grid_view:")
    _tab()["round"] = _round() if _tab().get("done") == key else _round() + 1  # empties the uploader
    _tab()["done"] = key


def _open(name: str) -> None:
    reset(ExploreChoices.view, *ABOUT_SHOWN_IMAGES)
    explore.data = name
    _tab().clear()


def _round() -> int:
    number: int = _tab().get("round", 0)
    return number


def _tab() -> dict[str, Any]:
    """The imports of this tab: key of the last job, number of imports so far, key of the last one that ended."""
    return per_tab("explore.import", dict[str, Any])
