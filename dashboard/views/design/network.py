"""The network on the page Design: undo and redo, the table of layers, notes on it, and its picture."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.errors import explain_errors
from dashboard.views.design.draft import Draft
from dashboard.views.design.layers import render_layer_editor, take_layer_edits
from dashboard.views.design.network_picture import render_network_picture
from dashboard.widgets.markdown import escape_markdown
from mnist_core.models.advice import advice


def render_network_designer(draft: Draft) -> None:
    """A fragment that an edit of a layer redraws at once; the rest of the page follows when the person pauses."""
    _render_designer(draft, draft.revision)


@st.fragment
@explain_errors()
def _render_designer(draft: Draft, page_revision: int) -> None:
    """The section Network; `page_revision` is the draft's revision when the whole page was last drawn."""
    take_layer_edits(draft)
    _render_heading(draft)
    asked = render_layer_editor(draft)
    _render_notes(draft)
    render_network_picture(draft.config.architecture, draft.config.recipe or "Network")
    if asked == "undo":
        draft.undo()
    elif asked == "redo":
        draft.redo()
    # The buttons act by callbacks: the last undo disables its button, and a disabled button reads as not pressed.
    if draft.revision != page_revision or asked is not None:
        st.rerun()


def _render_heading(draft: Draft) -> None:
    """Title, undo and redo."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Network", anchor=False)
        st.button(
            "Undo",
            icon=":material/undo:",
            type="tertiary",
            key="design.undo",
            disabled=not draft.can_undo,
            on_click=draft.undo,
            help="Take back the last change: a layer, a setting, or a loaded recipe.",
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            type="tertiary",
            key="design.redo",
            disabled=not draft.can_redo,
            on_click=draft.redo,
            help="Apply the change again that was undone last.",
        )


def _render_notes(draft: Draft) -> None:
    with st.container(key="design.remarks", gap="xxsmall"):  # one place, so that the picture below is not rebuilt
        for note in advice(draft.config.architecture):
            st.caption(f":material/lightbulb: {escape_markdown(note.sentence)}")
