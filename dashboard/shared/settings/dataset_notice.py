"""The data set that is loaded, and how to get the full MNIST."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset

FETCH_COMMAND = "make data"
SAMPLE = "mnist-sample"


def render_dataset_notice(dataset: Dataset) -> None:
    """Title, sizes and source of a data set; for the sample also how to download the full data set."""
    st.subheader("Data set", anchor=False)
    st.markdown(f"**{escape_markdown(dataset.title)}**: {sizes_text(len(dataset.train), len(dataset.test))}.")
    if dataset.name == SAMPLE:
        st.markdown(
            "This is a sample of MNIST. Networks trained on the full data set are more accurate. "
            f"Download it on Explore, or run `{FETCH_COMMAND}` in the project folder and reload this page."
        )
        page = page_named("explore")
        if page is not None:
            label, where = "Download the full MNIST", {"view": "data_sets"}
            st.page_link(page, label=label, icon=":material/download:", query_params=where)
    else:
        st.caption(f"Source: {escape_markdown(dataset.source)}. Licence: {escape_markdown(dataset.licence)}.")


def sizes_text(n_train: int, n_test: int) -> str:
    """The sizes of both splits: "4,000 training, 1,000 test images"."""
    return f"{n_train:,} training, {n_test:,} test images"
