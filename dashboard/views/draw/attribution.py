"""Which pixels of a drawing raise or lower the score of its predicted label."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.answers.network import Answering
from dashboard.shared.digits.attribution import AttributionQuestion, is_asked, render_maps
from dashboard.widgets.markdown import escape_markdown
from mnist_core.data.dataset import UInt8Array
from mnist_core.errors import MnistCoreError


def render_attribution(network: Answering, image: UInt8Array | None) -> None:
    """The maps of four methods for the predicted label against the second; they are computed when asked for."""
    if network.run is None:
        st.caption("Attribution needs a run. Train a network, then choose it in the bar above.")
        return
    if image is None:
        st.caption("Draw a digit to see which of its pixels matter.")
        return
    try:
        second, first = (int(label) for label in network.predict(image[None])[0].argsort()[-2:])
    except MnistCoreError as error:
        st.caption(f"The attribution cannot be computed. {escape_markdown(str(error))}")
        return
    asked = AttributionQuestion(image=image, towards=first, against=second, class_names=network.class_names)
    if not is_asked(network.run, asked):
        best, next_best = (escape_markdown(network.class_names[label]) for label in (first, second))
        st.caption(f"Evidence for {best} and against {next_best}, the label with the second highest probability.")
        if not st.button("Compute attribution", key="draw.explain", icon=":material/ads_click:"):
            return
    render_maps(network.run, asked, name="draw", in_row=2)
