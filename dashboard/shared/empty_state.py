"""The empty state of a page."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named


def render_empty_state(title: str, text: str, *, page: str | None = None, link: str = "", icon: str = "inbox") -> None:
    """A box that says what is missing and why, with a link to the page where it comes from.

    Args:
        title: what is missing, for example "No runs yet".
        text: one or two sentences on what appears here, and how to get it. Markdown; escape text from people or files.
        page: name of the page to link to, as in `dashboard.navigation`; no link if that page does not exist.
        link: label of the link.
        icon: name of a Material symbol.
    """
    with st.container(key="empty_state", border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.subheader(f":material/{icon}: {title}", anchor=False, text_alignment="center")
        st.markdown(text, text_alignment="center")
        if page is not None and (target := page_named(page)) is not None:
            st.page_link(target, label=link or target.title, icon=":material/arrow_forward:")
        st.space("small")


def render_no_runs() -> None:
    """The empty state of a page that shows runs."""
    text = "A run is one training of one network. Design a network and train it; its run then appears here."
    render_empty_state("No runs yet", text, page="design", link="Design a network")
