"""A card that is one link: a click anywhere on it follows the only link inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

PREFIX = "link_card."
"""`page_style.css` stretches the link in it over the card."""


@contextmanager
def link_card(name: str) -> Iterator[None]:
    """A bordered card; exactly one `st.page_link` belongs inside.

    Args:
        name: "<page>.<field>".
    """
    with st.container(border=True, gap="xxsmall", height="stretch", key=f"{PREFIX}{name}"):
        yield
