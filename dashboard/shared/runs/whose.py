"""Who is at the screen, in a class; and a line above every page when a teacher looks at the runs of a student."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import cached
from dashboard.settings import class_folder
from dashboard.state.current import CurrentChoices, current, forget_choices_of_runs
from dashboard.widgets.markdown import escape_markdown

if TYPE_CHECKING:  # loads what the first page does without
    from mnist_core.runs.store import RunStore


def enter() -> None:
    """Begin each rerun with it: nobody sees what somebody else has left in the tab.

    Raises:
        SignedOutError: it is a class, and nobody has signed in.
    """
    folder = class_folder()
    if folder is not None:
        from dashboard.state.person import enter_as_person  # without a class, nothing of it is loaded

        enter_as_person(folder)


def render_whose_runs() -> None:
    """A line with the way back; nothing if the runs are those of the person at the screen."""
    folder = class_folder()
    if folder is None:
        return
    from dashboard.state.person import looked_at, signed_in

    seen = looked_at(folder)
    if seen == signed_in(folder):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="class.whose"):
        name = escape_markdown(seen.name)
        st.markdown(
            f":material/visibility: These are the runs of **{name}**: changes are theirs, new trainings yours.",
            width="stretch",
        )
        st.button("Back to your own runs", icon=":material/undo:", key="class.back", on_click=look_at, args=(None,))


def own_store() -> RunStore:
    """The store for a new run or search: always one's own, which the pages show from now on. For callbacks."""
    look_at(None)
    return cached.run_store()


def look_at(person_id: str | None) -> None:
    """Show the runs of a student from now on; None: one's own. What was chosen of the runs before is dropped."""
    if CurrentChoices.person.get() != person_id:
        forget_choices_of_runs()
        current.person = person_id
