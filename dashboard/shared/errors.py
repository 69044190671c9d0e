"""Errors on screen: a sentence, and a link to where a person can fix it. Tracebacks go to the server's log."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from dashboard.navigation import page_named
from dashboard.shared.settings.words import error_words
from dashboard.state.current import current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import ConfigError, DatasetError, MnistCoreError, RunError, SignedOutError

logger = logging.getLogger("mnist_studio")

# The first match counts: the page where a person can fix the error, and the label of the link.
FIX_LINKS = (
    (RunError, "runs", "Show all runs"),
    (DatasetError, "home", "Show the data set"),
    (ConfigError, "design", "Edit the design"),
    (Exception, "home", "Back to Home"),
)


@contextmanager
def explain_errors(*, is_run_kept: bool = False) -> Iterator[None]:
    """Turn any error inside into a sentence on the page; what was drawn before stays.

    The frame wraps each page in it. Fragments and callbacks run outside of the frame: decorate them with
    `@explain_errors()`.

    Args:
        is_run_kept: a damaged run stays chosen: it is not what the page shows, or the page can show it.
    """
    try:
        yield
    except FragmentHandledException:  # already explained where it happened
        raise
    except Exception as error:
        render_error(error, is_run_kept=is_run_kept)


def explain_uncaught(error: Exception) -> bool:
    """The same for other errors, such as those of an undecorated callback. True: Streamlit need not show them."""
    render_error(error)
    return True


def render_error(error: Exception, *, is_run_kept: bool = False) -> None:
    """One sentence about `error`, and a link to where it can be fixed."""
    if isinstance(error, SignedOutError):
        with st.container(key="signed_out"):  # a script of the page leads to the sign-in
            st.error(escape_markdown(str(error)), icon=":material/logout:")
    elif isinstance(error, MnistCoreError):
        st.error(escape_markdown(error_words(error)), icon=":material/error:")
    else:
        reference = secrets.token_hex(3)
        logger.error("Unexpected error on a page, reference %s", reference, exc_info=error)
        st.error(
            f"An unexpected error occurred. Details are in the server's log, reference {reference}.",
            icon=":material/error:",
        )
    if isinstance(error, RunError) and not is_run_kept:
        current.run = None  # else the next page would open the same run again
    _render_fix_link(error)


def _render_fix_link(error: Exception) -> None:
    if isinstance(error, SignedOutError):  # no page can be opened now
        return
    name, label = next((name, label) for kind, name, label in FIX_LINKS if isinstance(error, kind))
    page = page_named(name) or page_named("home")
    if page is not None:
        st.page_link(page, label=label, icon=":material/arrow_forward:")
