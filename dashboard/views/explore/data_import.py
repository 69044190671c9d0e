"""Import of a person's own images as a data set: first the files, then a preview, then the data set."""

from __future__ import annotations

import contextlib

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.server.background import jobs
from dashboard.shared.job_progress import render_job
from dashboard.shared.settings.dataset_notice import sizes_text
from dashboard.state.current import current
from dashboard.state.session import widget_value
from dashboard.state.url_values import reset
from dashboard.views.explore.choices import ExploreChoices
from dashboard.views.explore.import_preview import render_preview
from dashboard.views.explore.import_state import ImportState, import_state
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.imports.drafts import Imported
from mnist_core.errors import DatasetError
from mnist_core.words import counted

QUICK_SECONDS = 0.5
"""Files that are read within this time show no progress bar."""

FORMS = """
- **CSV, Parquet, ARFF**: a label and the pixels of an image in each row, such as `mnist_train.csv` from Kaggle
- **npz, npy, MATLAB**: arrays of images and labels, such as `x_train`, `y_train`, `x_test`, `y_test`
- **IDX**: images and labels, such as the four files of MNIST or EMNIST, gzip-compressed or not
- **zip**: pictures in folders called 0 to 9, or with a list of their names and labels (CSV, `metadata.jsonl`), or any
  of the files above
"""


def render_import() -> None:
    """The files to choose, or the preview of those that were chosen."""
    st.subheader(
        "Import a data set",
        anchor=False,
        help="Ten classes with the labels 0 to 9. Images are converted to 28 x 28 grey pixels.",
    )
    state = import_state()
    if state.imported is not None:
        _render_imported(state.imported)
    if state.reading is None:
        _render_files(state)
    else:
        render_preview(state, state.reading)


def _render_files(state: ImportState) -> None:
    left, right = st.columns(2, gap="medium")
    with right, st.container(gap="xsmall"):
        st.markdown("**Supported formats**")
        st.markdown(FORMS)
    with left:
        files = st.file_uploader(
            "Files",
            accept_multiple_files=True,
            key=state.uploader,
            on_change=_spool,  # before the uploader is drawn, which would copy the files
            args=(state,),
            help="The format is detected from the content. You see what would be stored before it is stored.",
        )
        _render_size_limit()
        try:
            state.spool(files)
        except DatasetError as error:
            st.error(escape_markdown(str(error)), icon=":material/error:")
            return
        if files:
            _render_reading(state)
        else:
            state.claims.drop()


def _render_size_limit() -> None:
    """The way out for a file that the uploader refuses: it says how large a file may be, but not what to do."""
    with st.container(key="explore.import_limit"):
        st.caption(
            f"At most {st.get_option('server.maxUploadSize')} MB each. Choose a larger file, such as EMNIST's images "
            "unpacked, as `.gz` or `.zip`, or put the files into a folder and run `make import PATH=FOLDER`."
        )


def _spool(state: ImportState) -> None:
    files = widget_value(state.uploader) or []
    with contextlib.suppress(DatasetError):  # it is tried again, and told, where the uploader is drawn
        state.spool([file for file in files if isinstance(file, UploadedFile)])


def _render_reading(state: ImportState) -> None:
    key = state.read_files()
    job = jobs().get(key)
    if job is not None:
        job.wait(QUICK_SECONDS)
    is_cancelled = job is not None and job.is_cancelled()
    title = f"Reading {counted(len(state.claims.spooled), 'file')}"
    if job is None or render_job(key, title=title, name="explore.reading", can_cancel=True, can_repeat=is_cancelled):
        return
    state.take(job.result)
    st.rerun()


def _render_imported(made: Imported) -> None:
    notes = " ".join(escape_markdown(note) for note in made.notes)
    st.success(
        f"**{escape_markdown(made.name)}** imported: {sizes_text(made.train_images, made.test_images)}. {notes}",
        icon=":material/check_circle:",
    )
    st.button("Explore", key="explore.open_import", on_click=_open, args=(made.name,), icon=":material/grid_view:")


def _open(name: str) -> None:
    reset(ExploreChoices.view)
    current.data = name
    import_state().imported = None
