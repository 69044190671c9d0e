"""The assignments of a class: a card for each, and the one that is open."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from dashboard.navigation import CLASS_PAGE, page_named
from dashboard.shared.empty_state import render_empty_state
from dashboard.shared.runs.names import dataset_title
from dashboard.state.session import BY_LINK
from dashboard.views.classroom.board import render_board
from dashboard.views.classroom.choices import ClassroomChoices, ClassView, classroom
from dashboard.views.classroom.editing import render_editing
from dashboard.views.classroom.entry import render_entry
from dashboard.views.classroom.here import Here
from dashboard.views.classroom.standings import render_standings
from dashboard.views.classroom.times import shown_time
from dashboard.widgets.keyed_style import keyed_style
from dashboard.widgets.link_card import link_card
from dashboard.widgets.markdown import escape_markdown
from dashboard.widgets.quantities import shown_seconds
from mnist_core.classroom.assignments import Assignment
from mnist_core.classroom.board import entry_run
from mnist_core.shares import shown_level, shown_share
from mnist_core.words import counted

MIN_CARD_WIDTH = 330


def render_assignments(here: Here) -> None:
    """The open assignment, or a card for each."""
    assignments = here.assignments.list()
    opened = next((item for item in assignments if item.assignment_id == ClassroomChoices.assignment.get()), None)
    if opened is not None:
        _render_opened(here, opened)
    elif assignments:
        # Streamlit marks every link to the open page as the current one; here each leads to another assignment.
        keyed_style("classroom.cards", "a", "background-color: transparent")
        with st.container(key="classroom.cards"), st.grid(min_column_width=MIN_CARD_WIDTH):
            for assignment in assignments:
                with link_card(f"classroom.{assignment.assignment_id}"):
                    _render_card(here, assignment)
    else:
        _render_none(here)


def _render_none(here: Here) -> None:
    if here.person.is_teacher:
        text = (
            "An assignment says what to train, on which data set, and what a run may cost. Make one in the tab above."
        )
    else:
        text = "Your teacher has not set one yet. Meanwhile, the lessons on Learn need nobody else."
    render_empty_state("No assignments yet", text, page=None if here.person.is_teacher else "learn", icon="assignment")


def _render_card(here: Here, assignment: Assignment) -> None:
    page = page_named(CLASS_PAGE)
    if page is not None:
        address = {"assignment": assignment.assignment_id, **BY_LINK}
        st.page_link(page, label=f"**{escape_markdown(assignment.title)}**", query_params=address, help="")
    st.markdown(" · ".join(limits_of(assignment)))
    if not here.person.is_teacher:
        run = entry_run(assignment, here.store_of(here.person))
        accuracy = run.summary.test_accuracy if run is not None else None
        st.caption("You have no entry yet." if accuracy is None else f"Your entry: {shown_share(accuracy)}")


def _render_opened(here: Here, assignment: Assignment) -> None:
    st.button("All assignments", icon=":material/arrow_back:", type="tertiary", key="classroom.close", on_click=_close)
    st.subheader(escape_markdown(assignment.title), anchor=False)
    st.caption(" · ".join(limits_of(assignment)))
    for paragraph in filter(None, assignment.text.splitlines()):
        st.markdown(escape_markdown(paragraph))
    if here.person.is_teacher:
        render_standings(here, assignment)
        render_board(here, assignment)
        render_editing(here, assignment)
    else:
        render_entry(here, assignment)
        render_board(here, assignment)


def _close() -> None:
    ClassroomChoices.assignment.reset()
    classroom.view = ClassView.ASSIGNMENTS


def limits_of(assignment: Assignment) -> Iterator[str]:
    """What counts, in a few words each."""
    yield escape_markdown(dataset_title(assignment.dataset))
    if assignment.max_parameters is not None:
        yield f"at most {assignment.max_parameters:,} parameters"
    if assignment.max_epochs is not None:
        yield f"at most {counted(assignment.max_epochs, 'epoch')}"
    if assignment.max_seconds is not None:
        yield f"at most {shown_seconds(assignment.max_seconds)} of training"
    if assignment.goal is not None:
        yield f"goal {shown_level(assignment.goal)}"
    if assignment.due_at is not None:
        yield f"due {shown_time(assignment.due_at)}"
