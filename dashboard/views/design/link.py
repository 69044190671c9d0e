"""Opens the design of this tab: from the link of the page, and with the edits since the last rerun."""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import drop_url_text, is_link_followed, set_widget_value, url_text, visit
from dashboard.views.design.draft import Draft, design_draft
from dashboard.views.design.layers import PARAM, take_layer_edits
from dashboard.widgets.markdown import escape_markdown
from mnist_core.runs.record import MAX_NAME

NAME_PARAM, NAME = "name", "design.name"
"""What a link may call the run, and the field for it."""


def open_design(default_dataset: str) -> Draft:
    """The design to show. A link that cannot be read gets a message, and leaves the design unchanged."""
    draft = design_draft(default_dataset)
    take_layer_edits(draft)
    is_by_link = draft.arrive(visit(), url_text(PARAM), is_followed=is_link_followed())
    if is_by_link:
        set_widget_value(NAME, (url_text(NAME_PARAM) or "")[:MAX_NAME])
    drop_url_text(NAME_PARAM)  # once it is in the field, what is typed there counts
    render_problem(draft, "link")
    return draft


def render_problem(draft: Draft, where: str) -> None:
    """Why the last action there failed, if it did.

    Its place is reserved in any case: if the elements below moved, the browser would rebuild them, and lose the focus
    and half-typed text.
    """
    place = st.empty()
    if (sentence := draft.problem_at(where)) is not None:
        place.error(escape_markdown(sentence), icon=":material/error:")
