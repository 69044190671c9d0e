"""The choice of the data set, and a line about it."""

from __future__ import annotations

import streamlit as st

from dashboard import cached
from dashboard.shared.dataset_notice import FETCH_COMMAND, SAMPLE, sizes_text
from dashboard.shared.linked_choice import linked_select
from dashboard.views.explore.choices import ABOUT_SHOWN_IMAGES, ExploreChoices, explore
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset
from mnist_core.errors import DatasetError


def render_dataset_picker() -> Dataset | None:
    """A box with the data sets on this machine; returns the chosen one, or None after saying why it cannot be read."""
    infos = {info.name: info for info in cached.datasets() if info.available}
    default = cached.default_dataset()
    wanted = explore.data
    if wanted is not None and wanted not in infos:
        st.warning(
            f"The data set {escape_markdown(wanted)} is not on this machine. "
            "The tab Data sets lists those that are, and offers more for download."
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
        help="The data set this page shows.",
    )
    try:
        return cached.dataset(name)
    except DatasetError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return None


def render_dataset_line(dataset: Dataset | None) -> None:
    """Title and sizes in one line; for the sample also how to get the full data set. Nothing for None."""
    if dataset is None:
        return
    line = f"**{escape_markdown(dataset.title)}**: {sizes_text(len(dataset.train), len(dataset.test))}."
    if dataset.name == SAMPLE:
        line += (
            " For the full MNIST, open the tab **Data sets** and press Download, "
            f"or run `{FETCH_COMMAND}` in the project folder."
        )
    with st.container(key="explore.dataset_line"):
        st.markdown(line, help="Download or import more in the tab Data sets.")
