"""A run capsule or a model from elsewhere as a run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Hashable
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.server.background import Job, jobs
from dashboard.shared.job_progress import render_job
from dashboard.shared.runs.scores import score_on_test
from dashboard.widgets.markdown import escape_markdown
from mnist_core.export.incoming.imported import AUTO, PIXELS, Imported
from mnist_core.export.incoming.importing import import_file
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import MAX_NAME
from mnist_core.training.config import config_from_recipe

TYPES = ("zip", "keras", "h5")
MEGABYTES = 200
NO_NETWORK = ""


def render_import() -> None:
    """The file and what has to be known about it; then the new run."""
    left, right = st.columns(2, gap="large")
    with right:
        st.markdown("**What is read**")
        st.markdown(
            "- a **run capsule** of MNIST Studio: the run as it was\n"
            "- a **`.keras` file**: its layers become a network of this program, if all of them are known\n"
            "- a **`.weights.h5` file**: weights for a network that you choose"
        )
        st.caption(
            "Nothing in the file is executed, and Keras does not open it: the description and each array are checked "
            "one by one. What is not known is refused, with the name of the layer."
        )
    with left:
        file = st.file_uploader("File", type=list(TYPES), key="export.file", max_upload_size=MEGABYTES)
        if file is not None:
            _render_settings(file)


def _render_settings(file: UploadedFile) -> None:
    datasets = {info.name: info.title for info in cached.datasets() if info.available}
    name = st.text_input("Name of the run", key="export.import_name", max_chars=MAX_NAME, placeholder="As in the file")
    dataset, pixels, recipe = None, AUTO, NO_NETWORK
    if not file.name.lower().endswith(".zip"):
        dataset = st.selectbox(
            "Score on", tuple(datasets), format_func=lambda key: datasets.get(key, key), key="export.import_dataset"
        )
        pixels = st.selectbox(
            "Expected pixel values", (AUTO, *PIXELS), key="export.import_pixels",
            format_func=lambda key: "Detect automatically" if key == AUTO else PIXELS[key].capitalize(),
            help="Ignored if the model scales pixels itself.",
        )  # fmt: skip
    if file.name.lower().endswith(".h5"):
        recipe = st.selectbox(
            "Network of these weights", (NO_NETWORK, *RECIPES), key="export.import_network",
            format_func=lambda key: RECIPES[key].title if key in RECIPES else "Choose a recipe",
            help="For another network: `python -m mnist_core import FILE --config design.json`",
        )  # fmt: skip
    key: Hashable = ("import", file.file_id, name, dataset, pixels, recipe)
    job = jobs().get(key)
    if job is not None and job.is_done:
        _render_imported(job.result)
        return
    if render_job(key, title="Importing", name="export.importing", can_cancel=True):
        return
    st.button(
        "Import",
        type="primary",
        key="export.import",
        icon=":material/upload:",
        on_click=_start,
        args=(key, file, name, dataset, pixels, recipe),
        disabled=file.name.lower().endswith(".h5") and recipe == NO_NETWORK,
    )


def _start(key: Hashable, file: UploadedFile, name: str, dataset: str | None, pixels: str, recipe: str) -> None:  # noqa: PLR0917
    store = cached.run_store()
    config = config_from_recipe(recipe, dataset=dataset or "mnist-sample") if recipe in RECIPES else None

    def work(job: Job) -> Imported:
        with tempfile.TemporaryDirectory(prefix="mnist-studio-") as place:
            path = Path(place) / "upload"
            with path.open("wb") as target:
                file.seek(0)
                shutil.copyfileobj(file, target)
            return import_file(
                store, path, title=file.name, name=name, dataset=dataset, pixels=pixels, config=config,
                tell=job.tell, is_cancelled=job.is_cancelled,
            )  # fmt: skip

    jobs().forget(key)
    jobs().start(key, work)


def _render_imported(made: Imported) -> None:
    run = cached.run_store().get(made.run_id)
    score = score_on_test(run)
    scored = "" if score is None else f" Test accuracy: {score}."
    notes = " ".join(escape_markdown(note) for note in made.notes)
    st.success(f"**{escape_markdown(run.title)}** is imported.{scored} {notes}", icon=":material/check_circle:")
    with st.container(horizontal=True, key="export.imported"):
        for name, label in (("evaluate", "Evaluate"), ("inside", "Look inside"), ("draw", "Draw")):
            if (page := page_named(name)) is not None:
                st.page_link(page, label=label, query_params={"run": run.run_id}, icon=":material/arrow_forward:")
