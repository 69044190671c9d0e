"""A style for what the page draws under a key, where Streamlit has no option for it."""

from __future__ import annotations

import re

import streamlit as st


def keyed_style(key: str, selector: str, declarations: str, *, is_narrow: bool = False) -> None:
    """Style what `selector` finds in the container with this key; takes no place on the page.

    Args:
        key: "<page>.<field>" of a container.
        selector: of elements in it, by what Streamlit documents or tests by, such as `a` or `[data-testid="stMetric"]`.
        declarations: CSS, such as `color: red`.
        is_narrow: only on a phone.
    """
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", key)  # as Streamlit does for the class of the container
    rule = f".st-key-{name} {selector} {{{declarations}}}"
    style = f"@media (max-width: 640px) {{ {rule} }}" if is_narrow else rule
    st.html(f"<style>{style}</style>")
