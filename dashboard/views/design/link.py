"""Opens the design of this tab: from the link it was reached by, and with what was edited since the last rerun."""

from __future__ import annotations

import streamlit as st

from dashboard.state.session import url_text, visit
from dashboard.views.design.draft import Draft, design_draft
from dashboard.views.design.layers import PARAM, take_layer_edits
from dashboard.widgets.markdown import escape_markdown


def open_design(default_dataset: str) -> Draft:
    """The design to show. What cannot be taken over is explained, and leaves the design as it was."""
    draft = design_draft(default_dataset)
    take_layer_edits(draft)
    draft.arrive(visit(), url_text(PARAM))
    render_problem(draft, "link")
    return draft


def render_problem(draft: Draft, where: str) -> None:
    """Why the last thing tried there could not be done, if so.

    It has its place in any case: if all that follows moved up and down, the browser would build it anew, and take focus
    and half typed text away.
    """
    place = st.empty()
    if (sentence := draft.problem_at(where)) is not None:
        place.error(escape_markdown(sentence), icon=":material/error:")
