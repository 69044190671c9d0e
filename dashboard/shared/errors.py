"""How an error looks on screen: a sentence and a way out. The full story goes to the server's log."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from dashboard.navigation import page_named
from dashboard.state.current import current
from dashboard.widgets.markdown import escape_markdown
from mnist_core.errors import ConfigError, DatasetError, MnistCoreError, RunError

logger = logging.getLogger("mnist_studio")

# The first that fits: where a person can put it right, and the words for it.
WAYS_OUT = (
    (RunError, "train", "See all runs"),
    (DatasetError, "home", "See which data is here"),
    (ConfigError, "design", "Change the design"),
    (Exception, "home", "Back to Home"),
)


@contextmanager
def explain_errors() -> Iterator[None]:
    """Turn whatever goes wrong inside into a sentence on the page; what was drawn before stays.

    The frame puts it round each page. A fragment and a callback run outside of the frame: decorate them with
    `@explain_errors()`.
    """
    try:
        yield
    except FragmentHandledException:  # already explained where it happened
        raise
    except Exception as error:
        render_error(error)


def explain_uncaught(error: Exception) -> bool:
    """The same for what escaped, such as an undecorated callback. True: Streamlit need not show it."""
    render_error(error)
    return True


def render_error(error: Exception) -> None:
    """One sentence about `error`, and a link to where it can be put right."""
    if isinstance(error, MnistCoreError):
        st.error(escape_markdown(str(error)), icon=":material/error:")
    else:
        reference = secrets.token_hex(3)
        logger.error("Unexpected error on a page, reference %s", reference, exc_info=error)
        st.error(
            f"Something unexpected went wrong here. The log of the server says more under {reference}.",
            icon=":material/error:",
        )
    if isinstance(error, RunError):
        current.run = None  # else the same run would be opened again wherever the person goes
    _render_way_out(error)


def _render_way_out(error: Exception) -> None:
    name, label = next((name, label) for kind, name, label in WAYS_OUT if isinstance(error, kind))
    page = page_named(name) or page_named("home")
    if page is not None:
        st.page_link(page, label=label, icon=":material/arrow_forward:")
