"""What is needed now and then on the Design page, in tabs: only the open one is computed."""

from __future__ import annotations

import streamlit as st

from dashboard.components.design_code import render_code
from dashboard.components.design_library import render_library
from dashboard.drafts import Draft


def render_design_extras(draft: Draft) -> None:
    """Save and share; as code."""
    save, code = st.tabs(("Save and share", "As Keras code"), key="design.tab", on_change="rerun")
    if save.open:
        with save:
            render_library(draft)
    if code.open:
        with code:
            render_code(draft)
