"""Who is at the screen, in a class; and a line above every page when a teacher looks at the runs of a student."""

from __future__ import annotations

import streamlit as st

from dashboard.settings import class_folder
from dashboard.state.current import CurrentChoices, current, forget_choices_of_runs
from dashboard.widgets.markdown import escape_markdown


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
        st.markdown(f":material/visibility: These are the runs of **{escape_markdown(seen.name)}**.", width="stretch")
        st.button("Back to your own runs", icon=":material/undo:", key="class.back", on_click=look_at, args=(None,))


def look_at(person_id: str | None) -> None:
    """Show the runs of a student from now on; None: one's own. What was chosen of the runs before is dropped."""
    if CurrentChoices.person.get() != person_id:
        forget_choices_of_runs()
        current.person = person_id
