"""The class that is served, and who is at the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import ParamSpec

import streamlit as st

from dashboard import cached
from dashboard.settings import class_folder
from dashboard.shared.notices import told_as_notice
from dashboard.shared.view_picker import render_view_picker
from dashboard.state.person import sign_out, signed_in
from dashboard.views.classroom.choices import TITLES, ClassroomChoices, ClassView
from dashboard.widgets.markdown import escape_markdown
from mnist_core.classroom.assignments import Assignments
from mnist_core.classroom.people import Person, Register, runs_of
from mnist_core.errors import ClassError
from mnist_core.runs.store import RunStore

P = ParamSpec("P")


@dataclass(frozen=True)
class Here:
    """The class in `folder`, as `person` sees it."""

    folder: Path
    person: Person

    @cached_property
    def register(self) -> Register:
        return Register(self.folder)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        return self.register.people()

    @cached_property
    def assignments(self) -> Assignments:
        return Assignments(self.folder)

    def store_of(self, person: Person) -> RunStore:
        """The runs of a person, whether there are any yet or not."""
        return cached.run_store_in(runs_of(self.folder, person.person_id))


def class_here() -> Here:
    """The class and the person at the screen.

    Raises:
        ClassError: this dashboard serves no class.
        SignedOutError: nobody has signed in.
    """
    folder = class_folder()
    if folder is None:
        raise ClassError("This dashboard serves one person, not a class.")
    return Here(folder, signed_in(folder))


def for_teacher(act: Callable[P, object]) -> Callable[P, None]:
    """A callback for a teacher; what it cannot do is said at the next rerun.

    Streamlit keeps the callbacks of what was drawn before, and calls them before the page is drawn again: whoever is at
    the screen now may be no teacher any more, or somebody else.
    """

    @wraps(act)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        with told_as_notice():
            if not class_here().person.is_teacher:
                raise ClassError("Only a teacher can do this.")
            act(*args, **kwargs)

    return checked


def render_person(here: Here) -> None:
    """Who has signed in to which class, and the way out."""
    name, title = escape_markdown(here.person.name), escape_markdown(here.register.title)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{title}** · signed in as **{name}** ({here.person.role})", width="stretch")
        st.button(
            "Sign out",
            icon=":material/logout:",
            key="classroom.sign_out",
            on_click=sign_out,
            args=(here.folder,),
            help="Trainings go on. Sign out on a computer that others use too.",
        )


def render_view_of(here: Here) -> ClassView:
    """The view that is open; only a teacher has a choice."""
    if not here.person.is_teacher:
        return ClassView.ASSIGNMENTS
    return render_view_picker(ClassroomChoices.view, TITLES)
