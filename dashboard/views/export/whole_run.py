"""The whole run as one file, and its experiment as code."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard import cached
from mnist_core.export.capsule import contents
from mnist_core.export.capsule.writing import run_code, run_notebook, write_capsule
from mnist_core.export.exportable import file_stem
from mnist_core.runs.record import RunRecord

INSIDE = f"""
- `{contents.CONFIG}`, `{contents.HISTORY}`: all settings, and the metrics of every epoch
- `{contents.WEIGHTS}`: the weights of the best epoch
- `predictions/`: class probabilities of the test digits, and of the validation digits after each epoch
- `{contents.SCRIPT}`, `{contents.NOTEBOOK}`: the same training with Keras alone
- `{contents.MANIFEST}`: versions, processor, SHA-256 of the data set and of every file
"""


def render_whole_run(run: RunRecord) -> None:
    """The capsule, how to check it, and the code."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Run capsule", anchor=False)
        st.markdown("One zip with settings, weights and results of this run, to import on another machine, or verify.")
        _render_download("Download the capsule", _capsule(run), f"{file_stem(run)}{contents.ENDING}", key="capsule",
                         is_primary=True)  # fmt: skip
        st.markdown(INSIDE)
    with right:
        st.subheader("Verify a capsule", anchor=False)
        st.markdown("Score its digits again with its weights, or train it again from its settings:")
        st.code(
            "python -m mnist_core verify FILE\npython -m mnist_core verify FILE --retrain",
            language="shell",
            wrap_lines=True,
        )
        st.caption("The command reports whether the results match, and if not, what differs: versions, CPU, data.")
        st.subheader("Code", anchor=False)
        st.markdown("The experiment for people without MNIST Studio:")
        with st.container(horizontal=True):
            _render_download("Keras script", lambda: run_code(run).encode(), f"{file_stem(run)}.py", key="script")
            _render_download("Notebook", lambda: run_notebook(run).encode(), f"{file_stem(run)}.ipynb", key="notebook")
        st.caption("The notebook in the capsule also scores the stored weights.")


def _render_download(label: str, make: Callable[[], bytes], file: str, *, key: str, is_primary: bool = False) -> None:
    st.download_button(
        label,
        data=make,
        file_name=file,
        mime="application/octet-stream",
        key=f"export.{key}",
        on_click="ignore",
        type="primary" if is_primary else "secondary",
        icon=":material/download:",
    )


def _capsule(run: RunRecord) -> Callable[[], bytes]:
    store = cached.run_store()

    def make() -> bytes:
        with tempfile.TemporaryDirectory(prefix="mnist-studio-") as place:
            return write_capsule(store, run.run_id, Path(place)).read_bytes()

    return make
