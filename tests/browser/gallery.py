"""A Streamlit script that shows single components, for the browser tests to try them without a page around."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.errors import explain_errors
from dashboard.widgets.confusion_grid import confusion_grid
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import DatasetError
from tests.browser.samples import CELLS, HOSTILE, IMAGES


@st.fragment
@explain_errors()
def render_failing_fragment() -> None:
    if st.button("Fail in a fragment", key="gallery.fragment"):
        raise DatasetError("The fragment **failed**.")


@explain_errors()
def fail() -> None:
    raise RuntimeError("secret detail")


st.title("Gallery")
kind = st.query_params.get("show", "grid")
if kind == "grid":
    picked = digit_grid(
        IMAGES,
        [f"{i % 10}→{(i + 1) % 10}" for i in range(500)],
        key="gallery.grid",
        label="All",
        show_captions=True,
        notes=[f"digit {i}" for i in range(500)],
        marks=[i % 2 == 1 for i in range(500)],
    )
    st.metric("Picked", "none" if picked is None else str(picked))
    digit_grid(IMAGES[:40], ["x"] * 40, key="gallery.few", label="Few", columns=4, rows=2, selected=5)
elif kind == "matrix":
    chosen = confusion_grid(CELLS, key="gallery.matrix", label="Matrix", name="matrix", only_wrong=True)
    st.metric("Picked", "none" if chosen is None else f"{chosen.true_label}-{chosen.predicted_label}")
elif kind == "text":
    st.error(escape_markdown(HOSTILE))
    st.markdown(escape_markdown(HOSTILE))
    st.button(escape_markdown(HOSTILE), key="gallery.button")
else:
    st.button("Fail in a callback", key="gallery.callback", on_click=fail)
    render_failing_fragment()
