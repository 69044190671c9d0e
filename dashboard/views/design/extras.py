"""Tabs at the end of the page Design, of which only the open one is computed."""

from __future__ import annotations

import streamlit as st

from dashboard.views.design.draft import Draft
from dashboard.views.design.keras_code import render_code
from dashboard.views.design.library import render_library


def render_design_extras(draft: Draft) -> None:
    """Save and share; Keras code."""
    save, code = st.tabs(("Save and share", "Keras code"), key="design.tab", on_change="rerun")
    if save.open:
        with save:
            render_library(draft)
    if code.open:
        with code:
            render_code(draft)
