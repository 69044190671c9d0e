"""Two columns: what a person looks at, and beside it, on the right, what belongs to it.

On a narrow screen, where columns are one below the other, the side comes first.
"""

from __future__ import annotations

import re

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

WIDTHS = (3, 10)


def side_column(key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The main column and the one at its side.

    Args:
        key: "<page>.<field>", unique on the page.
    """
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", key)
    # The side is first in the page, so that it is above where columns wrap; beside the other it is on the right.
    st.html(f"<style>.st-key-{name} > * > [data-testid='stHorizontalBlock'] {{flex-direction: row-reverse}}</style>")
    with st.container(key=key):
        side, main = st.columns(WIDTHS, gap="medium")
    return main, side
