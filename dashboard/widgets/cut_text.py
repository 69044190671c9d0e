"""A text that was typed or pasted, cut to what can be kept of it."""

from __future__ import annotations

import streamlit as st


def cut_text(text: str, most: int) -> str:
    """The first `most` characters of `text`; if it has more, a caption below its field says so.

    A field with a limit of its own (`max_chars`) would take nothing of a longer text that is pasted, without a word.
    """
    if len(text) > most:
        st.caption(f":material/content_cut: Cut to {most:,} characters.")
    return text[:most]
