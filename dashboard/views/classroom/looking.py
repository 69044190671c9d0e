"""Looking at the runs of a student, as if they were one's own."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.navigation import page_named
from dashboard.shared.runs.whose import look_at
from mnist_core.classroom.people import Person


def render_look_at(students: Sequence[Person]) -> None:
    """A choice of the student, and a button that opens their runs on the page Runs."""
    page = page_named("runs")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {person.person_id: person.name for person in students}
        chosen = st.selectbox(
            "Student", tuple(names), format_func=names.__getitem__, key="classroom.student", width=280
        )
        is_clicked = st.button(
            "Show their runs",
            icon=":material/visibility:",
            key="classroom.look",
            help="All pages then show the runs of this student, until you go back to your own.",
        )
    if is_clicked and chosen is not None and page is not None:
        look_at(chosen)
        st.switch_page(page)
