"""Which digits are loaded, and how to get all of them."""

from __future__ import annotations

import streamlit as st

from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import Dataset

FETCH_COMMAND = "make data"
SAMPLE = "mnist-sample"


def render_dataset_notice(dataset: Dataset) -> None:
    """Name, size and origin of a data set; for the sample also the one line that fetches the full set."""
    st.subheader("Data", anchor=False)
    sizes = f"{len(dataset.train):,} digits to train, {len(dataset.test):,} to test"
    st.markdown(f"**{escape_markdown(dataset.title)}**: {sizes}.")
    if dataset.name == SAMPLE:
        st.markdown("This is a part of MNIST. Everything works on it, but the full set gives better networks.")
        st.markdown(f"To get it, type `{FETCH_COMMAND}` in the project's folder (11 MB, once), then reload this page.")
    else:
        st.caption(f"From {escape_markdown(dataset.source)}. Licence: {escape_markdown(dataset.licence)}.")
