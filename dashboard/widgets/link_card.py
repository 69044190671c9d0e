"""A card that is one link: a click anywhere on it follows the only link inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

PREFIX = "link_card."

# The link itself is stretched over its card, so that it stays a real one: for a new tab, for the keyboard, for screen
# readers. Streamlit positions the elements between link and card, which would stop it at their edges.
_STYLES = """<style>
[class*="st-key-link_card-"] {
  position: relative;
  transition: border-color 80ms;
}
[class*="st-key-link_card-"] :is(div, span, a) {
  position: static;
}
[class*="st-key-link_card-"] a::after {
  content: "";
  position: absolute;
  inset: 0;
  border-radius: 0.5rem;
}
[class*="st-key-link_card-"]:hover {
  border-color: currentColor;
}
[class*="st-key-link_card-"] a {
  padding-left: 0;
}
[class*="st-key-link_card-"] a:is(:hover, :focus, :focus-visible) {
  background: none;
  box-shadow: none;
  outline: none;
}
[class*="st-key-link_card-"] a:focus-visible::after {
  outline: 2px solid currentColor;
  outline-offset: 2px;
}
</style>"""


def link_card_styles() -> None:
    """What makes the cards of a page links as a whole; once per page, before them."""
    st.html(_STYLES)


@contextmanager
def link_card(name: str) -> Iterator[None]:
    """A bordered card; exactly one `st.page_link` belongs inside.

    Args:
        name: "<page>.<field>".
    """
    with st.container(border=True, gap="xxsmall", height="stretch", key=f"{PREFIX}{name}"):
        yield
