"""Two columns: what a person looks at, and beside it, on the right, what belongs to it.

On a narrow screen, where columns are one below the other, the side comes first.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.widgets.keyed_style import keyed_style

WIDTHS = (10, 32)


def side_column(key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The main column and the one at its side.

    Args:
        key: "<page>.<field>", unique on the page.
    """
    # The side is first in the page, so that it is above where columns wrap; beside the other it is on the right.
    keyed_style(key, '> * > [data-testid="stHorizontalBlock"]', "flex-direction: row-reverse")
    with st.container(key=key):
        side, main = st.columns(WIDTHS, gap="medium")
    return main, side
