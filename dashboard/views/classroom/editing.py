"""Making, changing and deleting an assignment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import streamlit as st

from dashboard import cached
from dashboard.shared.notices import leave_notice
from dashboard.state.session import widget_value
from dashboard.views.classroom.choices import ClassroomChoices, ClassView, classroom
from dashboard.views.classroom.here import Here, for_teacher
from mnist_core.classroom.assignments import Assignment, new_assignment
from mnist_core.errors import ClassError
from mnist_core.fields import spec_of

NO_LIMIT = "any"


def render_new_assignment(here: Here) -> None:
    """The form for a new assignment."""
    _render_form(here, None)


def render_editing(here: Here, assignment: Assignment) -> None:
    """The same form for one that exists, and a button that deletes it."""
    with st.expander("Change or delete this assignment"):
        _render_form(here, assignment)
        with st.popover("Delete", icon=":material/delete:", key=f"classroom.asks.{assignment.assignment_id}"):
            st.markdown("Delete this assignment? All runs stay.")
            st.button(
                "Delete the assignment",
                key=f"classroom.delete.{assignment.assignment_id}",
                on_click=_delete,
                args=(here, assignment),
            )


def _render_form(here: Here, before: Assignment | None) -> None:
    key = f"classroom.form.{before.assignment_id if before else 'new'}"
    names = {info.name: info.title for info in cached.datasets() if info.available}
    with st.form(key, border=before is None):
        _text(key, "title", before)
        st.text_area(
            spec_of(Assignment, "text").label,
            before.text if before else "",
            max_chars=4000,
            key=f"{key}.text",
            help=spec_of(Assignment, "text").help,
        )
        st.selectbox(
            spec_of(Assignment, "dataset").label,
            tuple(names),
            index=_index(tuple(names), before.dataset if before else cached.default_dataset()),
            format_func=names.__getitem__,
            key=f"{key}.dataset",
            help=spec_of(Assignment, "dataset").help,
        )
        with st.grid(min_column_width=210):
            for name in ("max_parameters", "max_epochs", "max_seconds"):
                _number(key, name, before)
            goal = before.goal if before else None
            st.number_input(
                "Goal (test accuracy in %)",
                0.01,
                100.0,
                None if goal is None else 100 * goal,
                0.1,
                key=f"{key}.goal",
                placeholder="none",
                help=spec_of(Assignment, "goal").help,
            )
            due = datetime.fromtimestamp(before.due_at) if before and before.due_at is not None else None
            st.date_input("Due day", due.date() if due else None, key=f"{key}.day", help="Empty for no due time.")
            st.time_input("Due time", due.time() if due else time(23, 59), key=f"{key}.time", help="On the due day.")
        spec = spec_of(Assignment, "are_names_shown")
        st.checkbox(spec.label, before.are_names_shown if before else False, key=f"{key}.names", help=spec.help)
        label = "Save the changes" if before else "Set this assignment"
        st.form_submit_button(label, type="primary", key=f"{key}.save", on_click=_save, args=(here, before, key))


def _text(key: str, name: str, before: Assignment | None) -> None:
    spec = spec_of(Assignment, name)
    st.text_input(spec.label, getattr(before, name, ""), max_chars=80, key=f"{key}.{name}", help=spec.help)


def _number(key: str, name: str, before: Assignment | None) -> None:
    spec = spec_of(Assignment, name)
    st.number_input(
        spec.label,
        min_value=1,
        max_value=int(spec.high or 1),
        value=None if before is None or getattr(before, name) is None else int(getattr(before, name)),
        key=f"{key}.{name}",
        placeholder=NO_LIMIT,
        help=spec.help,
    )


def _index(names: tuple[str, ...], name: str) -> int | None:
    return names.index(name) if name in names else None


@for_teacher
def _save(here: Here, before: Assignment | None, key: str) -> None:
    values = _values(key)
    if not values["title"].strip():
        raise ClassError("Give the assignment a title.")
    made = new_assignment(**values) if before is None else replace(before, **values)
    here.assignments.save(made)
    classroom.view = ClassView.ASSIGNMENTS
    classroom.assignment = made.assignment_id
    leave_notice("The assignment is set." if before is None else "The changes are saved.")


def _values(key: str) -> dict[str, Any]:
    def of(name: str) -> Any:
        return widget_value(f"{key}.{name}")

    day, goal = of("day"), of("goal")
    return {
        "title": of("title") or "",
        "text": of("text") or "",
        "dataset": of("dataset") or "",
        "sha256": cached.dataset(of("dataset") or "").sha256,
        "max_parameters": of("max_parameters"),
        "max_epochs": of("max_epochs"),
        "max_seconds": of("max_seconds"),
        "goal": None if goal is None else goal / 100,
        "due_at": _due(day, of("time")),
        "are_names_shown": bool(of("names")),
    }


def _due(day: date | None, clock: time | None) -> float | None:
    return None if day is None else datetime.combine(day, clock or time(23, 59)).timestamp()


@for_teacher
def _delete(here: Here, assignment: Assignment) -> None:
    here.assignments.delete(assignment.assignment_id)
    ClassroomChoices.assignment.reset()
    leave_notice("The assignment is deleted.")
