"""The design as a Keras script that does not need MNIST Studio."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st

from dashboard import cached, settings
from dashboard.views.design.data import is_here
from dashboard.views.design.draft import Draft
from mnist_core.export.script import KERAS_DATASETS, keras_script
from mnist_core.training.measurement import load_measurement, prices_folder
from mnist_core.training.settings import Precision

HEIGHT = 460


def render_code(draft: Draft) -> None:
    """The script to copy or download, and the data as a file where Keras cannot download it."""
    config = draft.config
    if config.architecture.problem is not None:
        st.caption("Shown when the network can be built.")
        return
    measurement = load_measurement(prices_folder(settings.machine_folder()), config)
    script = keras_script(config, precision=Precision.FLOAT32 if measurement is None else measurement.faster)
    st.markdown(
        "The same training with Keras alone: same split, initial weights and order of batches, "
        "so the same losses up to rounding."
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download experiment.py",
            script,
            file_name="experiment.py",
            mime="text/x-python",
            key="design.script",
            on_click="ignore",
            icon=":material/download:",
        )
        if config.dataset not in KERAS_DATASETS and is_here(config.dataset):
            st.download_button(
                "Download digits.npz",
                lambda: _digits_file(config.dataset),
                file_name="digits.npz",
                mime="application/zip",
                key="design.digits",
                on_click="ignore",
                icon=":material/download:",
                help="The data set that the script reads: `python experiment.py --data digits.npz`",
            )
    st.code(script, language="python", height=HEIGHT)


def _digits_file(name: str) -> bytes:
    dataset = cached.dataset(name)
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        x_train=dataset.train.images,
        y_train=dataset.train.labels,
        x_test=dataset.test.images,
        y_test=dataset.test.labels,
    )
    return buffer.getvalue()
