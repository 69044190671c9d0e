"""Which data set a page shows, and what it is."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.dataset_notice import FETCH_COMMAND, SAMPLE
from dashboard.shared.linked_choice import linked_select
from dashboard.views.explore.choices import ABOUT_SHOWN_IMAGES, ExploreChoices, explore
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import DIGITS, Dataset
from mnist_core.errors import DatasetError


def render_dataset_picker() -> Dataset | None:
    """A box with the data sets of this machine; the one picked, or None after saying why it cannot be shown."""
    infos = {info.name: info for info in cached.datasets() if info.available}
    default = cached.default_dataset()
    wanted = explore.data
    if wanted is not None and wanted not in infos:
        st.warning(
            f"The data set {escape_markdown(wanted)} is not on this machine. "
            "Data sets says what is, and how to get more."
        )
    name = linked_select(
        "Data set",
        tuple(infos) if default in infos else (default, *infos),
        choice=ExploreChoices.data,
        default=default,
        words=lambda name: infos[name].title if name in infos else name,
        resets=(*ABOUT_SHOWN_IMAGES, ExploreChoices.classes),
        label_visibility="collapsed",
        width=230,
        help="The images this page is about.",
    )
    try:
        return cached.dataset(name)
    except DatasetError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None


def render_dataset_line(dataset: Dataset | None) -> None:
    """Name and sizes in one line; for the sample also how to get the full set. Nothing for None."""
    if dataset is None:
        return
    thing = things(dataset)
    sizes = f"{len(dataset.train):,} {thing} to train, {len(dataset.test):,} to test"
    line = f"**{escape_markdown(dataset.title)}**: {sizes}."
    if dataset.name == SAMPLE:
        line += (
            f" This is a part of MNIST. To get all 70,000 digits, open **Data sets** and press Download, "
            f"or type `{FETCH_COMMAND}` in the project's folder (11 MB, once)."
        )
    with st.container(key="explore.dataset_line"):
        st.markdown(line, help="More can be downloaded or imported under Data sets.")


def things(dataset: Dataset) -> str:
    """What the images show, in the plural."""
    return "digits" if dataset.class_names == DIGITS else "images"
