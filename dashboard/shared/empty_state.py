"""What a page says when there is nothing to show yet."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import page_named


def render_empty_state(title: str, text: str, *, page: str | None = None, link: str = "", icon: str = "inbox") -> None:
    """A calm box: what is missing, why, and a link to the page where it comes from.

    Args:
        title: what is not there yet, for example "No run yet".
        text: one or two sentences: what would stand here and how to get it. Markdown; escape what is not yours.
        page: name of the page that helps, as in `dashboard.navigation`; left out if that page is not there.
        link: words of the link.
        icon: name of a Material symbol.
    """
    with st.container(key="empty_state", border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.subheader(f":material/{icon}: {title}", anchor=False, text_alignment="center")
        st.markdown(text, text_alignment="center")
        if page is not None and (target := page_named(page)) is not None:
            st.page_link(target, label=link or target.title, icon=":material/arrow_forward:")
        st.space("small")
