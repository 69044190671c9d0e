"""The people of a class, for its teacher: who they are, their codes, and how many runs the machine trains at a time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.settings import machine_folder
from dashboard.shared.data_table import data_table
from dashboard.shared.notices import leave_notice
from dashboard.state.session import per_tab, set_widget_value, widget_key, widget_value
from dashboard.views.classroom.here import Here, for_teacher
from dashboard.views.classroom.looking import render_look_at
from dashboard.views.classroom.times import shown_time
from mnist_core.classroom.people import MAX_PEOPLE, Person, Role
from mnist_core.errors import ClassError
from mnist_core.jobs.sharing import MAX_PARALLEL, share_places, shared_parallel
from mnist_core.runs.query import RunQuery
from mnist_core.words import counted

NAMES, ROLE, WHO = "classroom.names", "classroom.role", "classroom.who"
NEWEST = RunQuery(limit=1)


def render_people(here: Here) -> None:
    """Codes that were just made, the people, and what can be done with one of them."""
    _render_new_codes(here)
    students = tuple(person for person in here.people if not person.is_teacher)
    st.subheader(f"{len(here.people)} people, {counted(len(students), 'student')}", anchor=False)
    data_table(
        pd.DataFrame([_row(here, person) for person in here.people]),
        key="classroom.people",
        name=f"{here.register.title} people",
    )
    if students:
        render_look_at(students)
    left, right = st.columns(2, gap="large")
    with left:
        _render_adding(here)
    with right:
        _render_one(here)
        _render_parallel()


def _row(here: Here, person: Person) -> dict[str, object]:
    store = here.store_of(person)
    newest = next(store.find(NEWEST), None)
    return {
        "Name": person.name,
        "Role": person.role.value.capitalize(),
        "Runs": store.index.count(),
        "Newest run": "" if newest is None else shown_time(newest.created_at),
        "Its status": "" if newest is None else newest.status.value.capitalize(),
    }


def _render_new_codes(here: Here) -> None:
    codes = _new_codes()
    if not codes:
        return
    st.success(f"{counted(len(codes), 'code')} to hand out. They are shown only now: no file has them.")
    data_table(
        pd.DataFrame(codes, columns=["Name", "Code"]), key="classroom.codes", name=f"{here.register.title} codes"
    )
    st.button("Hide the codes", icon=":material/visibility_off:", key="classroom.hide_codes", on_click=codes.clear)


def _render_adding(here: Here) -> None:
    st.subheader("Add people", anchor=False)
    st.text_area(
        "Names",
        key=NAMES,
        height=150,
        help=f"One name a line; at most {MAX_PEOPLE} people. Each gets a code to sign in.",
    )
    st.segmented_control(
        "Role", tuple(Role), default=Role.STUDENT, required=True, format_func=str.capitalize, key=ROLE,
        help="A teacher sets assignments, adds people, and sees the runs of all students.",
    )  # fmt: skip
    st.button("Add", icon=":material/person_add:", key="classroom.add", on_click=_add, args=(here,))


def _render_one(here: Here) -> None:
    st.subheader("One person", anchor=False)
    names = {person.person_id: person.name for person in here.people}
    chosen = st.selectbox("Person", tuple(names), format_func=names.__getitem__, key=WHO)
    with st.container(horizontal=True):
        st.button(
            "New code",
            icon=":material/key:",
            key="classroom.new_code",
            on_click=_give_code,
            args=(here, chosen),
            help="The code of before is void, and the person is signed out everywhere.",
        )
        with st.popover("Remove", icon=":material/person_remove:", key=f"classroom.asks_to_remove.{chosen}"):
            st.markdown("Remove this person from the class? Their runs stay in the folder of the class.")
            st.button("Remove from the class", key=f"classroom.remove.{chosen}", on_click=_remove, args=(here, chosen))


def _render_parallel() -> None:
    st.subheader("This machine", anchor=False)
    parallel = shared_parallel(machine_folder())
    key = widget_key("classroom.parallel", parallel)
    st.number_input(
        "Parallel runs",
        1,
        MAX_PARALLEL,
        parallel,
        key=key,
        on_change=_set_parallel,
        args=(key,),
        help="How many runs of the whole class train at the same time. They share the CPU, so each takes longer. "
        "Everybody's turn comes: whoever has the fewest runs in training is next.",
    )


def _new_codes() -> list[tuple[str, str]]:
    return per_tab("classroom.new_codes", list)


@for_teacher
def _add(here: Here) -> None:
    names = [name for name in str(widget_value(NAMES) or "").splitlines() if name.strip()]
    if not names:
        raise ClassError("Type at least one name, one a line.")
    added = here.register.add_all(names, Role(widget_value(ROLE) or Role.STUDENT))
    _show_codes([(person.name, code) for person, code in added])
    set_widget_value(NAMES, "")


@for_teacher
def _give_code(here: Here, person_id: str) -> None:
    code = here.register.new_code(person_id)
    _show_codes([(here.register.get(person_id).name, code)])


@for_teacher
def _remove(here: Here, person_id: str) -> None:
    name = here.register.get(person_id).name
    here.register.remove(person_id)
    leave_notice(f"{name} is no longer in the class.")


@for_teacher
def _set_parallel(key: str) -> None:
    share_places(machine_folder(), widget_value(key))


def _show_codes(codes: Sequence[tuple[str, str]]) -> None:
    _new_codes()[:] = codes
