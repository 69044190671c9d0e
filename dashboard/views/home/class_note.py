"""What a class asks of a student, on Home: the newest assignment that is still open."""

from __future__ import annotations

import time

import streamlit as st

from dashboard.navigation import CLASS_PAGE, page_named
from dashboard.settings import class_folder
from dashboard.widgets.markdown import escape_markdown


def render_class_note() -> None:
    """A link to the newest assignment; nothing without a class, for a teacher, or if none is open."""
    folder, page = class_folder(), page_named(CLASS_PAGE)
    if folder is None or page is None:
        return
    from dashboard.state.person import signed_in  # without a class, nothing of it is loaded
    from mnist_core.classroom.assignments import Assignments

    if signed_in(folder).is_teacher:
        return
    now = time.time()
    is_open = (item for item in Assignments(folder).list() if item.due_at is None or item.due_at > now)
    newest = next(is_open, None)
    if newest is not None:
        label, where = f"Assignment: {escape_markdown(newest.title)}", {"assignment": newest.assignment_id}
        with st.container(key="home.assignment"):
            st.page_link(page, label=label, icon=":material/assignment:", query_params=where)
