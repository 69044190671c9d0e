"""A run capsule or a model from elsewhere as a run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import cached
from dashboard.navigation import page_named
from dashboard.server.background import Job, jobs
from dashboard.shared.dataset_labels import dataset_labels
from dashboard.shared.job_progress import render_job
from dashboard.shared.runs.scores import score_on_test
from dashboard.state.session import widget_value
from dashboard.widgets.cut_text import cut_text
from dashboard.widgets.markdown import escape_markdown
from mnist_core.export.incoming.imported import AUTO, PIXELS, Imported
from mnist_core.export.incoming.importing import import_file
from mnist_core.models.recipes import RECIPES
from mnist_core.runs.record import MAX_NAME
from mnist_core.training.config import config_from_recipe

TYPES = ("zip", "keras", "h5")
MEGABYTES = 200
NO_NETWORK = ""
NAME, DATASET, PIXEL_VALUES, NETWORK = (f"export.import_{what}" for what in ("name", "dataset", "pixels", "network"))
"""The keys of the fields."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the form says about a file."""

    name: str
    dataset: str | None
    pixels: str
    recipe: str


def _asked(file: UploadedFile) -> Asked:
    """What the form says by now: a name that is typed just before the click is in no earlier picture of the page."""
    is_capsule = _is_capsule(file)
    dataset, pixels, recipe = (widget_value(key) for key in (DATASET, PIXEL_VALUES, NETWORK))
    return Asked(
        name=str(widget_value(NAME) or "")[:MAX_NAME],
        dataset=dataset if isinstance(dataset, str) and not is_capsule else None,
        pixels=pixels if pixels in PIXELS and not is_capsule else AUTO,
        recipe=recipe if recipe in RECIPES and _is_weights(file) else NO_NETWORK,
    )


def _is_capsule(file: UploadedFile) -> bool:
    return str(file.name).lower().endswith(".zip")


def _is_weights(file: UploadedFile) -> bool:
    return str(file.name).lower().endswith(".h5")


def _render_settings(file: UploadedFile) -> None:
    cut_text(st.text_input("Name of the run", key=NAME, placeholder="As in the file"), MAX_NAME)
    if not _is_capsule(file):
        labels = dataset_labels()
        st.selectbox(
            "Score on", tuple(labels), format_func=lambda name: labels.get(name, name), key=DATASET,
            help="The data set whose test images the model is scored on when it is imported.",
        )  # fmt: skip
        st.selectbox(
            "Expected pixel values", (AUTO, *PIXELS), key=PIXEL_VALUES,
            format_func=lambda key: "Detect automatically" if key == AUTO else PIXELS[key].capitalize(),
            help="Ignored if the model scales pixels itself.",
        )  # fmt: skip
    if _is_weights(file):
        st.selectbox(
            "Network of these weights", (NO_NETWORK, *RECIPES), key=NETWORK,
            format_func=lambda key: RECIPES[key].title if key in RECIPES else "Choose a recipe",
            help="For another network: `python -m mnist_core import FILE --config design.json`",
        )  # fmt: skip
    asked = _asked(file)
    key = _job_key(file, asked)
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
        args=(file,),
        disabled=_is_weights(file) and asked.recipe == NO_NETWORK,
    )


def _job_key(file: UploadedFile, asked: Asked) -> Hashable:
    return ("import", file.file_id, asked)


def _start(file: UploadedFile) -> None:
    store, asked = cached.run_store(), _asked(file)
    config = None
    if asked.recipe != NO_NETWORK:
        config = config_from_recipe(asked.recipe, dataset=asked.dataset or "mnist-sample")

    def work(job: Job) -> Imported:
        with tempfile.TemporaryDirectory(prefix="mnist-studio-") as place:
            path = Path(place) / "upload"
            with path.open("wb") as target:
                file.seek(0)
                shutil.copyfileobj(file, target)
            return import_file(
                store, path, title=file.name, name=asked.name, dataset=asked.dataset, pixels=asked.pixels,
                config=config,
                tell=job.tell, is_cancelled=job.is_cancelled,
            )  # fmt: skip

    key = _job_key(file, asked)
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
