"""Who is at the screen, when the dashboard serves a class, and whose runs they look at.

A page knows it from the cookie of its connection; what is served beside the pages is told by the gate in
`dashboard.sign_in`. Without a class nobody signs in, and nothing of this is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.state.current import CurrentChoices
from mnist_core.classroom.people import Person, Register
from mnist_core.classroom.sessions import Sessions
from mnist_core.errors import PersonNotFoundError, SignedOutError

COOKIE = "mnist_studio_session"

_token_here: ContextVar[str] = ContextVar("token", default="")
_chosen_here: ContextVar[str | None] = ContextVar("chosen", default=None)


@contextmanager
def as_person(token: str, looked_at: str | None = None) -> Iterator[None]:
    """Answer a request outside of a page as whoever has this session.

    Args:
        looked_at: the id of the student whose runs a teacher looks at.
    """
    before, looked = _token_here.set(token), _chosen_here.set(looked_at)
    try:
        yield
    finally:
        _token_here.reset(before)
        _chosen_here.reset(looked)


def signed_in(folder: Path) -> Person:
    """The person at the screen.

    Raises:
        SignedOutError: nobody has signed in, or the session has ended.
    """
    token, _ = _here()
    person_id = _sessions(folder).person_id(token)
    try:
        return _register(folder).get(person_id or "")
    except PersonNotFoundError:
        raise SignedOutError("You are signed out.") from None


def enter_as_person(folder: Path) -> None:
    """Begin each rerun with it: a tab in which somebody else has signed in starts empty.

    A browser that connects again after a break gets what its tab had, with the cookie that it has by now.

    Raises:
        SignedOutError: nobody has signed in, or the session has ended.
    """
    person_id = signed_in(folder).person_id
    if st.session_state.setdefault("tab.person", person_id) != person_id:
        st.session_state.clear()
        st.session_state["tab.person"] = person_id


def sign_out(folder: Path) -> None:
    """End the session of this tab, and of the others of this browser.

    Raises:
        ClassError: the folder of the class cannot be written.
    """
    token, _ = _here()
    _sessions(folder).end(token)
    st.query_params.clear()  # the next person at the computer need not see what this one has looked at


def looked_at(folder: Path) -> Person:
    """Whose runs are shown: those of the person at the screen, or of the student that a teacher has chosen.

    Raises:
        SignedOutError: nobody has signed in, or the session has ended.
    """
    person = signed_in(folder)
    _, chosen = _here()
    if chosen is None or not person.is_teacher:
        return person
    try:
        return _register(folder).get(chosen)
    except PersonNotFoundError:  # an old link
        return person


def _here() -> tuple[str, str | None]:
    """The token of the session, and whose runs are chosen; a page leaves both to the background jobs that it starts."""
    if get_script_run_ctx(suppress_warning=True) is not None:
        _token_here.set(st.context.cookies.get(COOKIE, ""))
        _chosen_here.set(CurrentChoices.person.get())
    return _token_here.get(), _chosen_here.get()


@cache
def _sessions(folder: Path) -> Sessions:
    return Sessions(folder)


@cache
def _register(folder: Path) -> Register:
    return Register(folder)
