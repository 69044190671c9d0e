"""Links to the page Look inside."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.context.digit import drawing_address
from dashboard.state.current import CurrentChoices
from mnist_core.data.image_ref import Drawing
from mnist_core.runs.record import RunRecord

VIEW = "activations"


def render_inside_link(run: RunRecord, drawing: Drawing, *, label: str) -> None:
    """A link to the activations of a run for a drawing."""
    target = page_named("inside")
    if target is not None:
        address = {CurrentChoices.run.param: run.run_id, "view": VIEW, **drawing_address(drawing)}
        st.page_link(target, label=label, icon=":material/visibility:", query_params=address)
