"""Saved designs, export as JSON, and the link that carries a design."""

from __future__ import annotations

import json

import streamlit as st

from dashboard.cached import saved_designs
from dashboard.state.session import page_address, set_widget_value, widget_value
from dashboard.views.design.draft import Draft
from dashboard.views.design.layers import PARAM
from dashboard.views.design.link import render_problem
from dashboard.widgets.markdown import escape_markdown
from mnist_core.training.config import MAX_JSON_BYTES, ExperimentConfig

CHOSEN = "design.saved"
NAME = "design.save_as"


def render_library(draft: Draft) -> None:
    """Saved designs on the left, JSON file and link on the right."""
    saved, elsewhere = st.columns(2, gap="large")
    with saved:
        _render_save(draft)
        render_problem(draft, "saved")
        _render_saved(draft)
    with elsewhere:
        _render_file(draft)
        _render_link(draft)


def _render_save(draft: Draft) -> None:
    st.markdown("**Save**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the design", key=NAME, placeholder="For example: wider first layer")
        st.button("Save", key="design.save", icon=":material/save:", on_click=_save, args=(draft,))


def _render_saved(draft: Draft) -> None:
    names = tuple(item.name for item in saved_designs().list())
    if not names:
        st.caption("No saved designs yet. They are stored on this machine.")
        return
    if widget_value(CHOSEN) not in names:
        set_widget_value(CHOSEN, names[0])
    st.selectbox("Saved designs", names, key=CHOSEN)
    with st.container(horizontal=True):
        st.button("Load", key="design.load", icon=":material/file_open:", on_click=_load, args=(draft,))
        st.button("Duplicate", key="design.copy", icon=":material/content_copy:", on_click=_duplicate, args=(draft,))
        name = _chosen()
        # One for each design: it is closed with its design, and does not ask for the next one.
        with st.popover("Delete", icon=":material/delete:", key=f"design.asks_to_delete.{name}"):
            st.markdown(f"Delete **{escape_markdown(name)}**?")
            st.button("Delete", key=f"design.delete.{name}", type="primary", on_click=_delete, args=(draft, name))


def _render_file(draft: Draft) -> None:
    st.markdown("**Export JSON**")
    st.download_button(
        "Download design.json",
        lambda: json.dumps(draft.config.to_dict(), indent=1, allow_nan=False) + "\n",
        file_name="design.json",
        mime="application/json",
        key="design.json",
        on_click="ignore",
        icon=":material/download:",
        help="For this page and the command line: `python -m mnist_core train --config design.json`",
    )
    upload = st.file_uploader(
        "Load design.json",
        type="json",
        key="design.upload",
        max_upload_size=1,
        help="A design that was exported as JSON.",
    )
    if upload is not None and draft.is_new_upload(upload.file_id):
        content = upload.getvalue()[: MAX_JSON_BYTES + 1]
        draft.try_load(lambda: ExperimentConfig.from_json(content), where="file")
        st.rerun()
    render_problem(draft, "file")


def _render_link(draft: Draft) -> None:
    shown = st.popover("Copy link", icon=":material/link:", key="design.link", on_change="rerun")
    if shown.open:  # the browser works for half a second before it can show code: not for everyone who opens the page
        with shown:
            st.code(f"{page_address()}?{PARAM}={draft.link}", language=None, wrap_lines=True)


# Callbacks of the buttons. They run before the page is drawn, so that it shows the result.


def _save(draft: Draft) -> None:
    with draft.explaining("saved"):
        _choose(saved_designs().save(str(widget_value(NAME) or ""), draft.config).name)
        set_widget_value(NAME, "")


def _load(draft: Draft) -> None:
    draft.try_load(lambda: saved_designs().get(_chosen()).config, where="saved")


def _duplicate(draft: Draft) -> None:
    with draft.explaining("saved"):
        _choose(saved_designs().duplicate(_chosen()).name)


def _delete(draft: Draft, name: str) -> None:
    with draft.explaining("saved"):
        saved_designs().delete(name)
        st.toast("Deleted.")


def _chosen() -> str:
    return str(widget_value(CHOSEN))


def _choose(name: str) -> None:
    set_widget_value(CHOSEN, name)
    st.toast(f"Saved as {escape_markdown(name)}.")
